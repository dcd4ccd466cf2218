import HTTPTypes
import NIOHTTP1
import PartnerAPI
import PharmacyDomain
import Testing

@Suite("One tenant and another's tokens and ids")
struct TenantIsolationTests {
    private static let nobody = "00000000-0000-4000-8000-000000000000"

    /// Two partners with a sandbox each, on one server.
    private struct Neighbours {
        let server: ServerProcess
        let us: Partner
        let them: Partner
        let theirOrder: String
        let theirDelivery: String

        init() async throws {
            let server = try ServerProcess(
                in: ServerProcess.temporaryDirectory(),
                settings: ["UP_SANDBOX_STEP": "manual", "UP_WEBHOOK_RETRY_DELAY": "1h"])
            self.server = server
            us = try await Partner(server)
            let made = try server.command("tenant", "create", "acme", "--sandbox", "--json")
            let token = try #require(try JSON.parse(Array(made.output.utf8))["setup_token"]?.text)
            them = try await Partner(baseURL: server.origin + "/pharmacy/acme/api/v1", setupToken: token)
            // Nobody listens there: the delivery is kept, and tried again when this is over.
            let placed = try await them.call(
                .POST, "/orders", body: them.order(reference: "theirs", webhookURLs: ["http://127.0.0.1:9/hook"]))
            theirOrder = try #require(try placed.json["data"]?["uuid"]?.text)
            var delivery: JSON = .null
            while delivery["attempts"] != 1 {
                let deliveries = try await them.call(.GET, "/webhooks/deliveries")
                delivery = try #require(try deliveries.json["data"]?.elements?.first)
            }
            theirDelivery = try #require(delivery["id"]?.text)
        }

        /// An id of theirs for each parameter of a path.
        func theirID(_ operation: Operation, _ parameter: String) -> String? {
            switch (parameter, operation.path.split(separator: "/").first) {
            case ("client_id", _): them.clientID
            case ("uuid", "patients"): them.patientID
            case ("uuid", "orders"), ("uuid", "sandbox"): theirOrder
            case ("id", "webhooks"): theirDelivery
            case ("pharmacy", _): nil  // The network's, not a tenant's.
            default: ""
            }
        }
    }

    @Test("Another tenant's token opens no endpoint")
    func tokens() async throws {
        let neighbours = try await Neighbours()
        defer { neighbours.server.kill() }
        for endpoint in PartnerAPIRouter.endpoints
        where endpoint.access == .bearer || endpoint.access == .setupTokenOrBearer {
            let operation = endpoint.operation
            var path = operation.path
            for parameter in operation.parameters where parameter.location == .path {
                path = path.replacing(
                    "{\(parameter.name)}",
                    with: neighbours.theirID(operation, parameter.name) ?? neighbours.us.pharmacyID)
            }
            let answer = try await Partner.call(
                HTTPMethod(rawValue: operation.method.rawValue), "\(neighbours.them.baseURL)/\(path)",
                token: neighbours.us.accessToken, body: operation.body?.examples.first?.value)
            #expect(answer.status == 401, "\(operation.id)")
            #expect(try answer.json["code"] == "unauthenticated")
        }
        // The other way in: tokens that are shown in a body.
        for (path, body) in [
            ("/auth/refresh", ["refresh_token": .string(neighbours.them.refreshToken)]),
            ("/auth/token", ["grant_type": "refresh_token", "refresh_token": .string(neighbours.them.refreshToken)]),
        ] as [(String, JSON)] {
            let answer = try await Partner.call(.POST, neighbours.us.baseURL + path, token: nil, body: body)
            #expect(answer.status == 401)
        }
        // Revoking at the wrong tenant says nothing and does nothing.
        for token in [neighbours.them.refreshToken, neighbours.them.accessToken] {
            let answer = try await Partner.call(
                .POST, neighbours.us.baseURL + "/auth/revoke", token: nil, body: ["token": .string(token)])
            #expect(answer.status == 200)
        }
        #expect(try await neighbours.them.call(.GET, "/patients").status == 200)
        let refreshed = try await Partner.call(
            .POST, neighbours.them.baseURL + "/auth/refresh", token: nil,
            body: ["refresh_token": .string(neighbours.them.refreshToken)])
        #expect(refreshed.status == 200)
    }

    @Test("Another tenant's ids are answered byte for byte like ids that never were, and nothing happens to them")
    func ids() async throws {
        let neighbours = try await Neighbours()
        defer { neighbours.server.kill() }
        let before = try await state(neighbours)
        var walked = 0
        for endpoint in PartnerAPIRouter.endpoints {
            let operation = endpoint.operation
            for parameter in operation.parameters where parameter.location == .path {
                guard let theirs = neighbours.theirID(operation, parameter.name) else { continue }
                #expect(!theirs.isEmpty, "no id for \(operation.id)")
                let answers = try await [theirs, Self.nobody].mapEach { id in
                    try await neighbours.us.call(
                        HTTPMethod(rawValue: operation.method.rawValue),
                        "/" + operation.path.replacing("{\(parameter.name)}", with: id),
                        body: operation.body?.examples.first?.value, headers: ["X-Request-Id": "same"])
                }
                #expect(answers.map(\.status) == [404, 404], "\(operation.id)")
                #expect(answers[0].bytes == answers[1].bytes, "\(operation.id)")
                walked += 1
            }
        }
        #expect(walked >= 10)
        for filter in ["order", "patient_id"] {
            let path = filter == "order" ? "/webhooks/deliveries" : "/orders"
            let id = filter == "order" ? neighbours.theirOrder : neighbours.them.patientID
            #expect(try await neighbours.us.call(.GET, "\(path)?\(filter)=\(id)").json["data"] == [])
        }
        #expect(try await neighbours.us.call(.GET, "/orders?order_id=theirs").json["data"] == [])
        #expect(try await neighbours.us.call(.GET, "/patients").json["pagination"]?["total"] == 1)
        #expect(try await state(neighbours) == before)
    }

    @Test("An order for another tenant's patient is refused like one for a patient who never was")
    func foreignPatient() async throws {
        let neighbours = try await Neighbours()
        defer { neighbours.server.kill() }
        let answers = try await [neighbours.them.patientID, Self.nobody].mapEach { patient in
            let order = neighbours.us.order(reference: "x").members ?? []
            return try await neighbours.us.call(
                .POST, "/orders",
                body: .object(order.map { $0.name == "patient_id" ? JSON.Member($0.name, .string(patient)) : $0 }),
                headers: ["X-Request-Id": "same"])
        }
        #expect(answers.map(\.status) == [422, 422])
        #expect(answers[0].bytes == answers[1].bytes)
    }

    @Test("The same idempotency key in two tenants is two keys")
    func idempotencyKeys() async throws {
        let neighbours = try await Neighbours()
        defer { neighbours.server.kill() }
        let ours = try await neighbours.us.call(
            .POST, "/patients", body: Partner.patient, headers: ["Idempotency-Key": "k"])
        let theirs = try await neighbours.them.call(
            .POST, "/patients", body: Partner.patient, headers: ["Idempotency-Key": "k"])
        #expect([ours.status, theirs.status] == [201, 201])
        #expect(theirs.headers.first(name: "Idempotent-Replayed") == nil)
        #expect(try ours.json["data"]?["uuid"] != theirs.json["data"]?["uuid"])
    }

    /// What is theirs and must not change.
    private func state(_ neighbours: Neighbours) async throws -> [JSON] {
        try await ["/patients", "/orders", "/auth/credentials"].mapEach { path in
            let data = try #require(try await neighbours.them.call(.GET, path).json["data"])
            return .array(
                (data.elements ?? []).map { item in
                    // These are moved by their own calls, and by the hand-over of their order.
                    .object(
                        (item.members ?? []).filter { !["last_used_at", "sync", "updated_at"].contains($0.name) })
                })
        }
    }
}

extension Array {
    /// One after the other.
    fileprivate func mapEach<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
