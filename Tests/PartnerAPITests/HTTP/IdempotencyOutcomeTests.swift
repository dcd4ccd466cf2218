import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@testable import PartnerAPI

/// Every outcome on every endpoint that accepts an `Idempotency-Key`. `FailureInjectionTests` and `OrderTests` cover
/// failures of the store and of the pharmacy.
@Suite("Outcomes of requests with an idempotency key", .timeLimit(.minutes(3)))
struct IdempotencyOutcomeTests {
    /// The requests that accept a key.
    enum Creation: String, CaseIterable, CustomTestStringConvertible {
        case patient = "patients"
        case order = "orders"
        case credential = "auth/credentials"
        case login = "auth/token"
        case refreshedLogin = "auth/token with a refresh token"
        case refresh = "auth/refresh"
        case rotation = "webhooks/secret/rotate"

        var testDescription: String { rawValue }

        var path: String { String(rawValue.prefix { $0 != " " }) }

        /// Whether the endpoint requires a bearer token, which may lack the scope.
        var isBearer: Bool {
            switch self {
            case .patient, .order, .credential, .rotation: true
            case .login, .refreshedLogin, .refresh: false
            }
        }

        /// Whether the request consumes its refresh token.
        var consumesToken: Bool { self == .refreshedLogin || self == .refresh }

        /// A body that is refused with 422.
        var invalid: JSON {
            switch self {
            case .patient, .order, .login, .refresh: [:]
            case .refreshedLogin: ["grant_type": "refresh_token"]
            case .credential: ["name": 5]
            case .rotation: ["activate_after": -1]
            }
        }
    }

    private struct Fixture {
        let installation: TestInstallation
        let client: any TestClientProtocol
        /// The same installation with a limit of one request per hour.
        let narrowClient: any TestClientProtocol
        let token: String
        let narrowToken: String
        let order: JSON
        let credential: (id: String, secret: String)
        let refreshToken: String

        func body(_ creation: Creation) -> JSON {
            switch creation {
            case .patient: TestInstallation.patient()
            case .order: order
            case .credential: ["name": "One"]
            case .login: ["client_id": .string(credential.id), "client_secret": .string(credential.secret)]
            case .refreshedLogin: ["grant_type": "refresh_token", "refresh_token": .string(refreshToken)]
            case .refresh: ["refresh_token": .string(refreshToken)]
            case .rotation: ["activate_after": 60]
            }
        }

        func call(
            _ creation: Creation, _ body: JSON, key: String, token: String? = nil, query: String = "",
            isNarrow: Bool = false
        ) async throws -> TestResponse {
            var headers: HTTPFields = [.contentType: "application/json", .idempotencyKey: key]
            if creation.isBearer { headers[.authorization] = "Bearer \(token ?? self.token)" }
            return try await (isNarrow ? narrowClient : client).execute(
                uri: "/pharmacy/sandbox/api/v1/\(creation.path)\(query)", method: .post, headers: headers,
                body: ByteBuffer(bytes: body.bytes))
        }
    }

    private func application(_ installation: TestInstallation, limit: String) throws -> some ApplicationProtocol {
        let limit = try #require(RateLimit(limit))
        return Application(
            router: PartnerAPIRouter.router(
                APIDependencies(installation, limit: limit)))
    }

    private func with(_ body: @escaping @Sendable (Fixture) async throws -> Void) async throws {
        let installation = try await TestInstallation()
        func credential(_ body: JSON) async throws -> (id: String, secret: String) {
            let made = try await installation.accounts.createCredential(
                body: body, authority: .setupToken(TestInstallation.setupToken),
                tenant: installation.tenant, idempotency: nil
            ).value
            return (try #require(made["client_id"]?.text), try #require(made["client_secret"]?.text))
        }
        func tokens(_ credential: (id: String, secret: String)) async throws -> TokenPair {
            try await installation.accounts.issueToken(
                clientID: credential.id, clientSecret: credential.secret, tenant: installation.tenant)
        }
        let (full, narrow) = (try await credential([:]), try await credential(["scopes": ["read"]]))
        let (pair, narrowPair) = (try await tokens(full), try await tokens(narrow))
        let order = try await installation.order()
        try await application(installation, limit: "1000/s").test(.router) { client in
            try await application(installation, limit: "1/h").test(.router) { narrowClient in
                try await body(
                    Fixture(
                        installation: installation, client: client, narrowClient: narrowClient,
                        token: pair.accessToken, narrowToken: narrowPair.accessToken, order: order, credential: full,
                        refreshToken: pair.refreshToken))
            }
        }
    }

    private func isReplayed(_ response: TestResponse) -> Bool { response.headers[.idempotentReplayed] == "true" }

    private func code(_ response: TestResponse) throws -> String? {
        try JSON.parse(Array(response.body.readableBytesView))["code"]?.text
    }

    /// Expects that the request took effect and is not a replay.
    private func expectFirst(
        _ response: TestResponse, _ creation: Creation, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            response.status == (creation == .patient || creation == .order || creation == .credential ? .created : .ok),
            "\(String(buffer: response.body))", sourceLocation: sourceLocation)
        #expect(response.headers[.idempotentReplayed] == nil, sourceLocation: sourceLocation)
    }

    @Test(
        "A retry gets the first response, marked as a replay, with the key bare or quoted; another body is refused",
        arguments: Creation.allCases)
    func repeated(_ creation: Creation) async throws {
        try await with { fixture in
            let body = fixture.body(creation)
            let first = try await fixture.call(creation, body, key: "once")
            expectFirst(first, creation)
            for key in ["once", "\"once\""] {
                let again = try await fixture.call(creation, body, key: key)
                #expect(again.status == first.status && again.body == first.body)
                #expect(again.headers[.location] == first.headers[.location])
                #expect(isReplayed(again))
            }
            let other = JSON.object((body.members ?? []) + [JSON.Member("more", 1)])
            if creation.consumesToken {
                // Another request with a consumed refresh token is treated as theft, regardless of its key.
                let reused = try await fixture.call(creation, other, key: "once")
                #expect(reused.status == .unauthorized && !isReplayed(reused))
            } else {
                let reused = try await fixture.call(creation, other, key: "once")
                #expect(try reused.status == .unprocessableContent && code(reused) == "idempotency_key_reused")
                #expect(!isReplayed(reused))
                let new = try await fixture.call(creation, body, key: "twice")
                expectFirst(new, creation)
                #expect(new.body != first.body)
            }
        }
    }

    @Test("Keys are scoped to their path")
    func paths() async throws {
        try await with { fixture in
            for creation in Creation.allCases where creation != .refreshedLogin {
                expectFirst(try await fixture.call(creation, fixture.body(creation), key: "once"), creation)
            }
        }
    }

    @Test(
        "One of many concurrent requests takes effect; the others get its response or a 409",
        arguments: Creation.allCases)
    func simultaneous(_ creation: Creation) async throws {
        try await with { fixture in
            let responses = try await withThrowingTaskGroup(of: TestResponse.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await fixture.call(creation, fixture.body(creation), key: "once") }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let (waiting, done) = (
                responses.filter { $0.status == .conflict }, responses.filter { $0.status != .conflict }
            )
            for response in waiting {
                #expect(try code(response) == "idempotency_in_progress" && !isReplayed(response))
                #expect(response.headers[.retryAfter] == "1")
            }
            #expect(Set(done.map { String(buffer: $0.body) }).count == 1)
            let first = done.filter { !isReplayed($0) }
            #expect(first.count == 1)
            for response in first { expectFirst(response, creation) }
        }
    }

    @Test("A 401 is not stored", arguments: Creation.allCases)
    func unauthenticated(_ creation: Creation) async throws {
        try await with { fixture in
            let body = fixture.body(creation)
            var wrong = body
            switch creation {
            case .login:
                wrong = ["client_id": .string(fixture.credential.id), "client_secret": "up_secret_wrong"]
            case .refreshedLogin: wrong = ["grant_type": "refresh_token", "refresh_token": "up_refresh_wrong"]
            case .refresh: wrong = ["refresh_token": "up_refresh_wrong"]
            case .patient, .order, .credential, .rotation: break
            }
            for _ in 0..<2 {
                let refused = try await fixture.call(creation, wrong, key: "k", token: "wrong")
                #expect(refused.status == .unauthorized && !isReplayed(refused))
            }
            expectFirst(try await fixture.call(creation, body, key: "k"), creation)
            // A caller that is not authenticated does not get the stored response either.
            let refused = try await fixture.call(creation, wrong, key: "k", token: "wrong")
            #expect(refused.status == .unauthorized && !isReplayed(refused))
        }
    }

    @Test("A 403 is not stored", arguments: Creation.allCases.filter(\.isBearer))
    func forbidden(_ creation: Creation) async throws {
        try await with { fixture in
            let body = fixture.body(creation)
            for _ in 0..<2 {
                let refused = try await fixture.call(creation, body, key: "k", token: fixture.narrowToken)
                #expect(refused.status == .forbidden && !isReplayed(refused))
            }
            expectFirst(try await fixture.call(creation, body, key: "k"), creation)
            let refused = try await fixture.call(creation, body, key: "k", token: fixture.narrowToken)
            #expect(refused.status == .forbidden && !isReplayed(refused))
        }
    }

    @Test("A 422 is not stored", arguments: Creation.allCases)
    func invalid(_ creation: Creation) async throws {
        try await with { fixture in
            for _ in 0..<2 {
                let refused = try await fixture.call(creation, creation.invalid, key: "k")
                #expect(refused.status == .unprocessableContent && !isReplayed(refused))
            }
            expectFirst(try await fixture.call(creation, fixture.body(creation), key: "k"), creation)
        }
    }

    @Test("A key that is too long is refused before the body is read", arguments: [Creation.patient, .order])
    func invalidKey(_ creation: Creation) async throws {
        try await with { fixture in
            let key = String(repeating: "k", count: 300)
            func errors(_ body: JSON) async throws -> JSON? {
                let refused = try await fixture.call(creation, body, key: key)
                #expect(refused.status == .unprocessableContent)
                return try JSON.parse(Array(refused.body.readableBytesView))["errors"]
            }
            let ofKey = try await errors(fixture.body(creation))
            #expect(ofKey?.members?.count == 1)
            #expect(try await errors(creation.invalid) == ofKey)
        }
    }

    @Test("A 429 is not stored", arguments: Creation.allCases)
    func limited(_ creation: Creation) async throws {
        try await with { fixture in
            let body = fixture.body(creation)
            _ = try await fixture.call(creation, creation.invalid, key: "other", isNarrow: true)
            for _ in 0..<2 {
                let refused = try await fixture.call(creation, body, key: "k", isNarrow: true)
                #expect(refused.status == .tooManyRequests && !isReplayed(refused))
            }
            expectFirst(try await fixture.call(creation, body, key: "k"), creation)
        }
    }

    @Test("A price_changed error is stored and replayed")
    func conflict() async throws {
        try await with { fixture in
            let body = JSON.object((fixture.order.members ?? []) + [JSON.Member("expected_price", "0.01")])
            let first = try await fixture.call(.order, body, key: "k")
            #expect(try first.status == .conflict && code(first) == "price_changed" && !isReplayed(first))
            // Even after the price has changed again.
            fixture.installation.time.advance(by: .hours(5))
            let again = try await fixture.call(.order, body, key: "k")
            #expect(try again.status == .conflict && code(again) == "price_changed")
            #expect(isReplayed(again))
            let (original, replayed) = (
                try JSON.parse(Array(first.body.readableBytesView)), try JSON.parse(Array(again.body.readableBytesView))
            )
            for member in ["message", "expected_price", "current_price"] {
                #expect(replayed[member] == original[member])
            }
            let reused = try await fixture.call(.order, fixture.order, key: "k")
            #expect(try code(reused) == "idempotency_key_reused" && !isReplayed(reused))
        }
    }

    @Test("A dry run creates and stores nothing, so its key can be used for the order")
    func dryRun() async throws {
        try await with { fixture in
            for _ in 0..<2 {
                let checked = try await fixture.call(.order, fixture.order, key: "k", query: "?dry_run=true")
                #expect(checked.status == .ok && !isReplayed(checked))
            }
            expectFirst(try await fixture.call(.order, fixture.order, key: "k"), .order)
        }
    }
}
