import HTTPTypes
import NIOHTTP1
import PartnerAPI
import PharmacyDomain
import Testing

@Suite("Isolation of tenants", .timeLimit(.minutes(3)))
struct TenantIsolationTests {
    private static let unknownID = "00000000-0000-4000-8000-000000000000"

    /// Two partners with a sandbox each, on one server.
    private struct Neighbors {
        let server: ServerProcess
        let us: Partner
        let them: Partner
        let theirOrder: String
        let theirDelivery: String
        let theirEndpoint: String
        let theirRequest = "their-request"

        init() async throws {
            let server = try ServerProcess(
                in: ServerProcess.temporaryDirectory(),
                settings: [
                    "UP_SANDBOX_STEP": "manual", "UP_WEBHOOK_RETRY_DELAY": "1h", "UP_RATE_LIMIT": "10000/s",
                ])
            self.server = server
            us = try await Partner(server)
            let made = try server.command("tenant", "create", "acme", "--sandbox", "--json")
            let token = try #require(try JSON.parse(Array(made.output.utf8))["setup_token"]?.text)
            them = try await Partner(baseURL: server.origin + "/pharmacy/acme/api/v1", setupToken: token)
            // No server listens there: the delivery is stored, and retried after the test.
            let placed = try await them.call(
                .POST, "/orders", body: them.order(reference: "theirs", webhookURLs: ["http://127.0.0.1:9/hook"]))
            theirOrder = try #require(try placed.json["data"]?["uuid"]?.text)
            _ = try await them.call(.GET, "/orders/\(theirOrder)", headers: ["X-Request-Id": theirRequest])
            // The log is written in batches.
            while try await them.call(.GET, "/requests/\(theirRequest)").status != 200 {}
            var delivery: JSON = .null
            while delivery["attempts"] != 1 {
                let deliveries = try await them.call(.GET, "/webhooks/deliveries")
                delivery = try #require(try deliveries.json["data"]?.elements?.first)
            }
            theirDelivery = try #require(delivery["id"]?.text)
            // The same URL as ours: each tenant has endpoints of its own.
            let registered = try await [us, them].mapEach {
                try await $0.call(.POST, "/webhooks/endpoints", body: ["url": "http://127.0.0.1:9/endpoint"])
            }
            theirEndpoint = try #require(try registered[1].json["data"]?["uuid"]?.text)
        }

        /// An id of theirs for each parameter of a path.
        func theirID(_ operation: Operation, _ parameter: String) -> String? {
            switch (parameter, operation.path.split(separator: "/").first) {
            case ("client_id", _): them.clientID
            case ("uuid", "patients"): them.patientID
            case ("uuid", "orders"), ("uuid", "sandbox"): theirOrder
            case ("id", "webhooks"): theirDelivery
            case ("uuid", "webhooks"): theirEndpoint
            case ("request_id", _): theirRequest
            case ("pharmacy", _), ("medication_id", _): nil  // The network's, not a tenant's.
            default: ""
            }
        }
    }

    @Test("Another tenant's token is refused by every endpoint")
    func tokens() async throws {
        let neighbors = try await Neighbors()
        defer { neighbors.server.kill() }
        for endpoint in PartnerAPIRouter.endpoints
        where endpoint.operation.access == .bearer || endpoint.operation.access == .setupTokenOrBearer {
            let operation = endpoint.operation
            var path = operation.path
            for parameter in operation.parameters where parameter.location == .path {
                path = path.replacing(
                    "{\(parameter.name)}",
                    with: neighbors.theirID(operation, parameter.name) ?? neighbors.us.pharmacyID)
            }
            let response = try await Partner.call(
                HTTPMethod(rawValue: operation.method.rawValue), "\(neighbors.them.baseURL)/\(path)",
                token: neighbors.us.accessToken, body: operation.body?.examples.first?.value)
            #expect(response.status == 401, "\(operation.id)")
            #expect(try response.json["code"] == "unauthenticated")
        }
        // Tokens in a body are checked, too.
        for (path, body) in [
            ("/auth/refresh", ["refresh_token": .string(neighbors.them.refreshToken)]),
            ("/auth/token", ["grant_type": "refresh_token", "refresh_token": .string(neighbors.them.refreshToken)]),
        ] as [(String, JSON)] {
            let response = try await Partner.call(.POST, neighbors.us.baseURL + path, token: nil, body: body)
            #expect(response.status == 401)
        }
        // Revoking at another tenant reveals nothing and changes nothing.
        for token in [neighbors.them.refreshToken, neighbors.them.accessToken] {
            let response = try await Partner.call(
                .POST, neighbors.us.baseURL + "/auth/revoke", token: nil, body: ["token": .string(token)])
            #expect(response.status == 200)
        }
        #expect(try await neighbors.them.call(.GET, "/patients").status == 200)
        let refreshed = try await Partner.call(
            .POST, neighbors.them.baseURL + "/auth/refresh", token: nil,
            body: ["refresh_token": .string(neighbors.them.refreshToken)])
        #expect(refreshed.status == 200)
    }

    @Test("Another tenant's ids get the same bytes as unknown ids, and their records are not changed")
    func ids() async throws {
        let neighbors = try await Neighbors()
        defer { neighbors.server.kill() }
        let before = try await state(neighbors)
        var walked = 0
        for endpoint in PartnerAPIRouter.endpoints {
            let operation = endpoint.operation
            for parameter in operation.parameters where parameter.location == .path {
                guard let theirs = neighbors.theirID(operation, parameter.name) else { continue }
                #expect(!theirs.isEmpty, "no id for \(operation.id)")
                let responses = try await [theirs, Self.unknownID].mapEach { id in
                    try await neighbors.us.call(
                        HTTPMethod(rawValue: operation.method.rawValue),
                        "/" + operation.path.replacing("{\(parameter.name)}", with: id),
                        body: operation.body?.examples.first?.value, headers: ["X-Request-Id": "same"])
                }
                #expect(responses.map(\.status) == [404, 404], "\(operation.id)")
                #expect(responses[0].bytes == responses[1].bytes, "\(operation.id)")
                walked += 1
            }
        }
        #expect(walked >= 10)
        for filter in ["order", "patient_id"] {
            let path = filter == "order" ? "/webhooks/deliveries" : "/orders"
            let id = filter == "order" ? neighbors.theirOrder : neighbors.them.patientID
            #expect(try await neighbors.us.call(.GET, "\(path)?\(filter)=\(id)").json["data"] == [])
        }
        #expect(try await neighbors.us.call(.GET, "/orders?order_id=theirs").json["data"] == [])
        #expect(try await neighbors.us.call(.GET, "/patients").json["pagination"]?["total"] == 1)
        #expect(try await state(neighbors) == before)
    }

    @Test("An order for another tenant's patient is refused like one for an unknown patient")
    func foreignPatient() async throws {
        let neighbors = try await Neighbors()
        defer { neighbors.server.kill() }
        let responses = try await [neighbors.them.patientID, Self.unknownID].mapEach { patient in
            let order = neighbors.us.order(reference: "x").members ?? []
            return try await neighbors.us.call(
                .POST, "/orders",
                body: .object(order.map { $0.name == "patient_id" ? JSON.Member($0.name, .string(patient)) : $0 }),
                headers: ["X-Request-Id": "same"])
        }
        #expect(responses.map(\.status) == [422, 422])
        #expect(responses[0].bytes == responses[1].bytes)
    }

    @Test("The same idempotency key in two tenants is independent")
    func idempotencyKeys() async throws {
        let neighbors = try await Neighbors()
        defer { neighbors.server.kill() }
        let ours = try await neighbors.us.call(
            .POST, "/patients", body: Partner.patient, headers: ["Idempotency-Key": "k"])
        let theirs = try await neighbors.them.call(
            .POST, "/patients", body: Partner.patient, headers: ["Idempotency-Key": "k"])
        #expect([ours.status, theirs.status] == [201, 201])
        #expect(theirs.headers.first(name: "Idempotent-Replayed") == nil)
        #expect(try ours.json["data"]?["uuid"] != theirs.json["data"]?["uuid"])
    }

    /// The other tenant's records, which must not change.
    private func state(_ neighbors: Neighbors) async throws -> [JSON] {
        try await ["/patients", "/orders", "/auth/credentials", "/webhooks/endpoints"].mapEach { path in
            let data = try #require(try await neighbors.them.call(.GET, path).json["data"])
            return .array(
                (data.elements ?? []).map { item in
                    // These change by their own calls, and by the dispatch of their order.
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
