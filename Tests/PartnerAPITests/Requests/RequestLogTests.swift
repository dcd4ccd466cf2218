import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@testable import PartnerAPI

/// What the middleware adds to the request log, and the endpoints that show it.
@Suite("The request log of the API", .timeLimit(.minutes(2)))
struct RequestLogTests {
    private struct Fixture {
        let installation: TestInstallation
        let client: any TestClientProtocol
        let credential: ClientID
        let token: String

        func call(
            _ method: HTTPRequest.Method, _ path: String, id: String? = nil, token: String? = nil, body: JSON? = nil
        ) async throws -> TestResponse {
            var headers: HTTPFields = [.authorization: "Bearer \(token ?? self.token)"]
            headers[.xRequestID] = id
            if body != nil { headers[.contentType] = "application/json" }
            return try await client.execute(
                uri: "/pharmacy/sandbox/api/v1/\(path)", method: method, headers: headers,
                body: body.map { ByteBuffer(bytes: $0.bytes) })
        }

        /// The log of a request, after what waits was written.
        func logged(_ id: String) async throws -> LoggedRequest {
            #expect(await installation.requests.flush())
            return try await installation.requests.get(id, tenant: installation.tenant)
        }

        func json(_ response: TestResponse) throws -> JSON {
            try JSON.parse(Array(response.body.readableBytesView))
        }
    }

    private func with(
        limit: String = "1000/s", _ body: @escaping @Sendable (Fixture) async throws -> Void
    ) async throws {
        let installation = try await TestInstallation()
        let made = try await installation.accounts.createCredential(
            body: [:], authority: .setupToken(TestInstallation.setupToken), tenant: installation.tenant,
            idempotency: nil
        ).value
        let id = try #require(made["client_id"]?.text.flatMap(ClientID.init))
        let tokens = try await installation.accounts.issueToken(
            clientID: id.description, clientSecret: try #require(made["client_secret"]?.text),
            tenant: installation.tenant)
        let limit = try #require(RateLimit(limit))
        let router = PartnerAPIRouter.router(APIDependencies(installation, limit: limit))
        try await Application(router: router).test(.router) { client in
            try await body(
                Fixture(installation: installation, client: client, credential: id, token: tokens.accessToken))
        }
    }

    @Test("A request is logged with its credential, operation and result")
    func successful() async throws {
        try await with { fixture in
            let patient = try await fixture.installation.createPatient()
            let path = "patients/\(patient.description.uppercased())"
            _ = try await fixture.call(.get, path, id: "read")
            let now = fixture.installation.time.now()
            let logged = try await fixture.logged("read")
            #expect(
                logged
                    == LoggedRequest(
                        id: "read", receivedAt: now, credential: fixture.credential, operation: "getPatient",
                        method: "GET", path: "patients/{uuid}", status: 200, code: nil, duration: logged.duration,
                        order: nil, patient: patient))
            _ = try await fixture.call(.head, path, id: "head")
            let head = try await fixture.logged("head")
            #expect(head.method == "HEAD" && head.operation == "getPatient" && head.patient == patient)
        }
    }

    @Test("Created records are logged with the request that created them")
    func created() async throws {
        try await with { fixture in
            let response = try await fixture.call(
                .post, "patients", id: "patient", body: TestInstallation.patient())
            let patient = try fixture.json(response)["data"]?["uuid"]?.text
            let created = try await fixture.logged("patient").patient
            #expect(created != nil && created?.description == patient)
            let order = try await fixture.call(
                .post, "orders", id: "order", body: try await fixture.installation.order())
            let logged = try await fixture.logged("order")
            let data = try fixture.json(order)["data"]
            #expect(logged.order != nil && logged.order?.description == data?["uuid"]?.text)
            #expect(logged.patient != nil && logged.patient?.description == data?["patient_id"]?.text)
            let id = try #require(logged.order)
            _ = try await fixture.call(
                .post, "sandbox/orders/\(id)/advance", id: "advance", body: ["status": "shipped"])
            #expect(try await fixture.logged("advance").order == id)
            let checked = try await fixture.call(
                .post, "orders?dry_run=true", id: "checked", body: try await fixture.installation.order())
            #expect(checked.status == .ok)
            let dryRun = try await fixture.logged("checked")
            #expect(dryRun.order == nil && dryRun.patient != nil)
        }
    }

    @Test("Refused requests are logged with their error code")
    func refused() async throws {
        try await with { fixture in
            let order: OrderID = fixture.installation.environment.entropy.identifier()
            _ = try await fixture.call(.get, "orders/\(order)", id: "missing")
            let missing = try await fixture.logged("missing")
            #expect(missing.status == 404 && missing.code == "not_found" && missing.order == order)
            _ = try await fixture.call(.post, "patients", id: "invalid", body: ["first_name": "Jane"])
            let invalid = try await fixture.logged("invalid")
            #expect(
                invalid.status == 422 && invalid.code == "validation_failed" && invalid.operation == "createPatient")
            _ = try await fixture.call(.delete, "orders/\(order)", id: "method")
            let method = try await fixture.logged("method")
            #expect(method.code == "method_not_allowed" && method.operation == nil && method.path == "orders/{uuid}")
            _ = try await fixture.call(.get, "Jane/Doe", id: "unknown")
            let unknown = try await fixture.logged("unknown")
            #expect(unknown.status == 404 && unknown.path == nil && unknown.operation == nil)
            _ = try await fixture.call(.get, "orders", id: "stranger", token: "wrong")
            let stranger = try await fixture.logged("stranger")
            #expect(stranger.status == 401 && stranger.code == "unauthenticated" && stranger.credential == nil)
        }
    }

    @Test("A request that exceeds the rate limit is logged")
    func limited() async throws {
        try await with(limit: "1/h") { fixture in
            _ = try await fixture.call(.get, "orders", id: "first")
            _ = try await fixture.call(.get, "orders", id: "second")
            let second = try await fixture.logged("second")
            #expect(second.status == 429 && second.code == "rate_limited" && second.credential == fixture.credential)
        }
    }

    @Test("A request to an unknown tenant, or to a page, is in no log")
    func unowned() async throws {
        try await with { fixture in
            for uri in ["/pharmacy/nobody/api/v1/orders", "/livez", "/nothing"] {
                _ = try await fixture.client.execute(uri: uri, method: .get, headers: [.xRequestID: "r"])
            }
            #expect(fixture.installation.requests.backlog == 0)
        }
    }

    @Test("The endpoints show the log, by filter, and never a value of a body or a query")
    func endpoints() async throws {
        try await with { fixture in
            _ = try await fixture.call(.post, "patients", body: TestInstallation.patient(email: "zoe@example.com"))
            _ = try await fixture.call(.get, "patients?email=zoe@example.com")
            _ = try await fixture.call(.get, "orders?order_id=ORD-SECRET&status=nonsense")
            #expect(await fixture.installation.requests.flush())
            let all = try await fixture.call(.get, "requests?per_page=2")
            let page = try fixture.json(all)
            #expect(all.status == .ok)
            #expect(page["data"]?.elements?.map { $0["operation"]?.text } == ["listOrders", "listPatients"])
            let cursor = try #require(page["pagination"]?["next_cursor"]?.text)
            let next = try await fixture.call(.get, "requests?per_page=2&cursor=\(cursor)")
            #expect(try fixture.json(next)["data"]?.elements?.map { $0["operation"]?.text } == ["createPatient"])
            let text = String(buffer: all.body) + String(buffer: next.body)
            for secret in ["zoe", "ORD-SECRET", "nonsense", "Jane"] { #expect(!text.contains(secret)) }

            let refused = try await fixture.call(.get, "requests?status=4xx&code=validation_failed")
            let one = try #require(try fixture.json(refused)["data"]?.elements?.first)
            #expect(one["code"] == "validation_failed" && one["status"] == 422)
            let id = try #require(one["request_id"]?.text)
            let read = try await fixture.call(.get, "requests/\(id)")
            #expect(try fixture.json(read)["data"] == one)
        }
    }

    @Test("The filter by operation knows every operation")
    func operations() {
        #expect(Set(RequestLogEndpoints.operationIDs) == Set(PartnerAPIRouter.endpoints.map(\.operation.id)))
    }

    @Test(
        "Filters that cannot match anything are refused",
        arguments: [
            ("status=200", "status"), ("operation=getNothing", "operation"), ("client_id=me", "client_id"),
            ("order=1", "order"), ("patient_id=1", "patient_id"), ("received_from=today", "received_from"),
            ("code=oops", "code"), ("cursor=x", "cursor"), ("page=2", "page"),
        ])
    func invalidFilters(query: String, name: String) async throws {
        try await with { fixture in
            let response = try await fixture.call(.get, "requests?\(query)")
            #expect(response.status == .unprocessableContent)
            #expect(try fixture.json(response)["errors"]?.members?.map(\.name) == [name])
        }
    }

    @Test(
        "An id that no request has is not found",
        arguments: ["nothing", "a%20b", "%FF", "\(String(repeating: "a", count: 129))"])
    func unknownID(id: String) async throws {
        try await with { fixture in
            let response = try await fixture.call(.get, "requests/\(id)")
            #expect(response.status == .notFound)
        }
    }
}
