import Foundation
import HTTPTypes
import NIOHTTP1
import PartnerAPI
import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("The audit log of a running server", .serialized, .timeLimit(.minutes(3)))
struct AuditTests {
    /// The log entries of each successful operation; empty for those that touch neither health information
    /// nor credentials. An operation that is not here fails the test below.
    private static let actions: [String: Set<String>] = [
        "createCredential": ["credential.created"], "listCredentials": ["credential.listed"],
        "updateCredential": ["credential.renamed"], "revokeCredential": ["credential.revoked"],
        "issueToken": ["token.issued"], "refreshToken": ["token.refreshed"], "revokeToken": ["token.revoked"],
        "listPatients": ["patient.listed"], "getPatient": ["patient.read"], "createPatient": ["patient.created"],
        "updatePatient": ["patient.updated"], "deletePatient": ["patient.deleted"], "syncPatient": ["patient.synced"],
        "createPatients": ["patient.created"], "searchPatients": ["patient.listed"],
        "listPharmacies": [], "listMedications": [], "getMedication": [],
        "submitOrder": ["order.created"], "submitOrders": ["order.created"], "listOrders": ["order.listed"],
        "listPatientOrders": ["order.listed"], "getOrder": ["order.read"],
        "amendOrder": ["order.updated"], "refillOrder": ["order.created"], "cancelOrder": ["order.cancelled"],
        "listDeliveries": ["delivery.listed"], "getDelivery": ["delivery.read"],
        "redeliver": ["delivery.redelivered"], "sampleWebhook": [],
        "listEvents": ["event.listed"],
        // A line for each batch of deliveries; here there are none.
        "recoverDeliveries": [], "testWebhook": ["webhook.tested"], "getWebhookHealth": [],
        "rotateWebhookSecret": ["webhook_secret.rotated"],
        "createWebhookEndpoint": ["webhook_endpoint.created"], "listWebhookEndpoints": ["webhook_endpoint.listed"],
        "getWebhookEndpoint": ["webhook_endpoint.listed"], "updateWebhookEndpoint": ["webhook_endpoint.updated"],
        "deleteWebhookEndpoint": ["webhook_endpoint.deleted"],
        "rotateWebhookEndpointSecret": ["webhook_endpoint.secret_rotated"],
        "listRequests": [], "getRequest": [],
        "advanceSandboxOrder": ["sandbox.advanced"], "wipeSandbox": ["sandbox.wiped", "setup_token.issued"],
        "ping": [],
    ]

    private func audit(_ arguments: [String], in directory: URL) throws -> (status: Int32, output: String) {
        try ServerProcess.run(["audit"] + arguments, in: directory, settings: ["UP_LOG_LEVEL": "error"])
    }

    private func lines(_ arguments: [String], in directory: URL) throws -> [JSON] {
        let result = try audit(arguments, in: directory)
        #expect(result.status == 0, "\(result.output)")
        return try result.output.split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }
    }

    @Test("Every operation on health data or credentials adds an entry with its actor and request")
    func everyOperation() async throws {
        let operations = PartnerAPIRouter.endpoints.map(\.operation)
        #expect(Set(operations.map(\.id)) == Set(Self.actions.keys))
        let directory = try ServerProcess.temporaryDirectory()
        let server = try ServerProcess(in: directory, settings: ["UP_SANDBOX_STEP": "manual"])
        let partner = try await Partner(server)
        let credential = try await Partner.call(
            .POST, server.baseURL + "/auth/credentials", token: ServerProcess.setupToken,
            body: ["name": "Walk"], headers: ["X-Request-Id": "op-createCredential"])
        let data = try #require(credential.json["data"])
        let clientID = try #require(data["client_id"]?.text)
        let login: JSON = [
            "grant_type": "client_credentials", "client_id": .string(clientID),
            "client_secret": try #require(data["client_secret"]),
        ]
        let tokens = try await call("issueToken", partner, body: login)
        let refresh: JSON = ["refresh_token": try #require(tokens["refresh_token"])]
        let refreshed = try await call("refreshToken", partner, body: refresh)
        _ = try await call("revokeToken", partner, body: ["token": try #require(refreshed["refresh_token"])])
        _ = try await call("listCredentials", partner)
        _ = try await call("updateCredential", partner, ["{client_id}": clientID], body: ["name": "Stroll"])
        _ = try await call("revokeCredential", partner, ["{client_id}": clientID])
        let patient = ["{uuid}": partner.patientID]
        let created = try await call("createPatient", partner, body: Partner.patient)
        _ = try await call("createPatients", partner, body: ["items": [Partner.patient]])
        _ = try await call("listPatients", partner, query: "?email=quackenbush")
        _ = try await call("searchPatients", partner, body: ["name": "quackenbush"])
        _ = try await call("getPatient", partner, patient)
        _ = try await call("updatePatient", partner, patient, body: ["city": "Yonkers"])
        _ = try await call("syncPatient", partner, patient)
        _ = try await call("deletePatient", partner, ["{uuid}": try #require(created["data"]?["uuid"]?.text)])
        try await WebhookReceiver.with { receiver in
            let order = try await call(
                "submitOrder", partner, body: partner.order(reference: "W", webhookURLs: [receiver.url()]))
            let refillable = partner.order(reference: "X").with("refills_authorized", 1)
            let other = try await partner.call(.POST, "/orders", body: refillable)
            let placed = ["{uuid}": try #require(order["data"]?["uuid"]?.text)]
            for await _ in receiver.requests { break }
            _ = try await call("submitOrders", partner, body: ["items": [partner.order(reference: "Y")]])
            _ = try await call("listOrders", partner)
            _ = try await call("listPatientOrders", partner, patient)
            _ = try await call("getOrder", partner, placed)
            let pending = ["{uuid}": try #require(other.json["data"]?["uuid"]?.text)]
            _ = try await call("amendOrder", partner, pending, body: ["customer_id": "C"])
            _ = try await call("refillOrder", partner, pending)
            _ = try await call("cancelOrder", partner, pending)
            _ = try await call("advanceSandboxOrder", partner, placed, body: ["status": "confirmed"])
            for await _ in receiver.requests { break }
            var delivery = ""
            while delivery.isEmpty {
                let finished = try await call(
                    "listDeliveries", partner, query: "?status=succeeded&event=order.created")
                delivery = finished["data"]?.elements?.first?["id"]?.text ?? ""
            }
            _ = try await call("getDelivery", partner, ["{id}": delivery])
            _ = try await call("redeliver", partner, ["{id}": delivery])
            _ = try await call("testWebhook", partner, body: ["url": .string(receiver.url())])
        }
        _ = try await call("listEvents", partner)
        _ = try await call("recoverDeliveries", partner, body: ["since": "2025-12-22T17:15:01Z"])
        for open in ["listPharmacies", "sampleWebhook", "ping"] { _ = try await call(open, partner) }
        _ = try await call("listMedications", partner, ["{pharmacy}": partner.pharmacyID])
        _ = try await call("getMedication", partner, ["{medication_id}": partner.medicationID])
        let rotated = try await call("rotateWebhookSecret", partner)
        let newSecret = try #require(rotated["data"]?["webhook_secret"]?.text)
        try await walkEndpoints(partner)
        _ = try await call("wipeSandbox", partner)
        #expect(try audit(["verify"], in: directory).status == 0)
        #expect(server.stop() == 0)

        let entries = try lines(["export"], in: directory)
        for operation in operations {
            let mine = entries.filter { $0["request_id"]?.text == "op-\(operation.id)" }
            let found = Set(mine.compactMap { $0["action"]?.text })
            #expect(found == Self.actions[operation.id], "\(operation.id)")
            #expect(mine.allSatisfy { $0["actor"]?.text != "anonymous" && $0["actor"]?.text != "system" })
        }
        #expect(zip(entries, entries.dropFirst()).allSatisfy { $0["hash"] == $1["previous_hash"] })
        #expect(entries.contains { $0["action"]?.text == "server.started" })
        #expect(try lines(["list", "--json", "--tenant", "sandbox", "--limit", "3"], in: directory).count == 3)
        try checkNothingPersonal(entries, partner, newSecret)
    }

    private func walkEndpoints(_ partner: Partner) async throws {
        // No server listens there, and no order is placed meanwhile.
        let created = try await call("createWebhookEndpoint", partner, body: ["url": "http://127.0.0.1:9/endpoint"])
        let endpoint = ["{uuid}": try #require(created["data"]?["uuid"]?.text)]
        _ = try await call("listWebhookEndpoints", partner)
        _ = try await call("getWebhookEndpoint", partner, endpoint)
        _ = try await call("updateWebhookEndpoint", partner, endpoint, body: ["paused": true])
        _ = try await call("rotateWebhookEndpointSecret", partner, endpoint)
        _ = try await call("deleteWebhookEndpoint", partner, endpoint)
    }

    /// Calls an operation as it is declared, under a request id that names it.
    private func call(
        _ id: String, _ partner: Partner, _ parameters: [String: String] = [:], query: String = "", body: JSON? = nil
    ) async throws -> JSON {
        let operation = try #require(PartnerAPIRouter.endpoints.map(\.operation).first { $0.id == id })
        var path = "/" + operation.path
        for (name, value) in parameters { path = path.replacing(name, with: value) }
        let response = try await partner.call(
            HTTPMethod(rawValue: operation.method.rawValue), path + query, body: body,
            headers: ["X-Request-Id": "op-\(id)"])
        #expect((200...299).contains(response.status), "\(id): \(response.status)")
        return response.bytes.isEmpty ? .null : try response.json
    }

    private func checkNothingPersonal(_ entries: [JSON], _ partner: Partner, _ newSecret: String) throws {
        let text = String(decoding: JSON.array(entries).bytes, as: UTF8.self)
        let values =
            ["uackenbush", "Zebulon", "1984-02-29", "5558675309", "Sunset", "Yonkers", "xylophone", "Stroll"]
            + [partner.accessToken, partner.webhookSecret, newSecret, ServerProcess.setupToken]
        for value in values { #expect(!text.contains(value), "\(value)") }
    }

    @Test("A failed login is an entry without the secret")
    func failedLogin() async throws {
        let directory = try ServerProcess.temporaryDirectory()
        let server = try ServerProcess(in: directory)
        let response = try await Partner.call(
            .POST, server.baseURL + "/auth/token", token: nil,
            body: [
                "client_id": "0b9df3b0-5f0a-4f86-8d5c-2a9bd7d4b0f5",
                "client_secret": .string("up_secret_" + String(repeating: "k", count: 43)),
            ])
        #expect(response.status == 401)
        #expect(server.stop() == 0)
        let entries = try lines(["list", "--json", "--action", "login.failed"], in: directory)
        #expect(entries.count == 1)
        #expect(entries.first?["subjects"] == ["0b9df3b0-5f0a-4f86-8d5c-2a9bd7d4b0f5"])
        #expect(entries.first?["actor"]?.text == "anonymous")
        #expect(!String(decoding: JSON.array(entries).bytes, as: UTF8.self).contains("kkkk"))
    }

    @Test("After kill -9 under load, the log verifies and contains every acknowledged order")
    func crash() async throws {
        let directory = try ServerProcess.temporaryDirectory()
        let server = try ServerProcess(in: directory)
        let partner = try await Partner(server)
        let (placed, feed) = AsyncStream.makeStream(of: String.self)
        let acknowledged = try await withThrowingTaskGroup(of: [String].self) { group in
            for worker in 0..<6 {
                group.addTask {
                    var orders: [String] = []
                    for number in 0..<500 {
                        let body = partner.order(reference: "\(worker)-\(number)")
                        guard let response = try? await partner.call(.POST, "/orders", body: body) else { break }
                        guard let id = try response.json["data"]?["uuid"]?.text else { break }
                        orders.append(id)
                        feed.yield(id)
                    }
                    return orders
                }
            }
            var iterator = placed.makeAsyncIterator()
            for _ in 0..<40 { _ = await iterator.next() }
            server.kill()
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let verdict = try audit(["verify"], in: directory)
        #expect(verdict.status == 0, "\(verdict.output)")
        #expect(verdict.output.contains("entries, unbroken"))
        let created = Set(
            try lines(["export", "--action", "order.created"], in: directory)
                .compactMap { $0["subjects"]?.elements?.first?.text })
        #expect(Set(acknowledged).isSubset(of: created))
        try server.expectIntegrity()
        #expect(acknowledged.count >= 40)
    }

    @Test("Without a database the commands fail, and create none")
    func nothingThere() throws {
        let directory = try ServerProcess.temporaryDirectory()
        #expect(try audit(["verify"], in: directory).status == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }
}
