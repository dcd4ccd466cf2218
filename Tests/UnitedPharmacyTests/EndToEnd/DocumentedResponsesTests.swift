import HTTPTypes
import NIOHTTP1
import PartnerAPI
import PharmacyDomain
import Testing

@Suite("Responses of a running server match the OpenAPI document", .timeLimit(.minutes(3)))
struct DocumentedResponsesTests {
    private static let unknownID = "00000000-0000-4000-8000-000000000000"

    @Test("Every operation's successful responses match their schemas")
    func successes() async throws {
        let server = try ServerProcess(
            in: ServerProcess.temporaryDirectory(),
            settings: ["UP_SANDBOX_STEP": "manual", "UP_RATE_LIMIT": "10000/s"])
        defer { server.kill() }
        let partner = try await Partner(server)
        let caller = DocumentedCaller(partner)
        try await WebhookReceiver.with { receiver in
            try await Self.accounts(caller)
            try await Self.patients(caller, partner)
            try await Self.orders(caller, partner, receiver)
        }
        try await caller.call("wipeSandbox", 204)
        let documented = PartnerAPIRouter.endpoints.flatMap { endpoint in
            endpoint.operation.responses.map { "\(endpoint.operation.id) \($0.status.code)" }
        }
        #expect(Set(documented).subtracting(caller.responses) == [])
    }

    private static func accounts(_ caller: DocumentedCaller) async throws {
        try await caller.call("ping", 200, token: "")
        let made = try await caller.call("createCredential", 201, body: ["name": "Second"])
        let data = try #require(try made.json["data"])
        let client = try #require(data["client_id"]?.text)
        try await caller.call("listCredentials", 200, query: "include_revoked=true")
        try await caller.call("updateCredential", 200, path: ["client_id": client], body: ["name": "Renamed"])
        let tokens = try await caller.call(
            "issueToken", 200,
            body: ["client_id": .string(client), "client_secret": try #require(data["client_secret"])], token: "")
        let fresh = try await caller.call(
            "refreshToken", 200, body: ["refresh_token": try #require(try tokens.json["refresh_token"])], token: "")
        try await caller.call(
            "revokeToken", 200, body: ["token": try #require(try fresh.json["access_token"])], token: "")
        try await caller.call("revokeCredential", 204, path: ["client_id": client])
        try await caller.call("revokeCredential", 204, path: ["client_id": client])
        try await caller.call("updateCredential", 404, path: ["client_id": client], body: ["name": "Gone"])
    }

    private static func patients(_ caller: DocumentedCaller, _ partner: Partner) async throws {
        let twin = try await caller.call("createPatient", 201, body: Partner.patient)
        #expect(try twin.json["possible_duplicates"]?.elements?.count == 1)
        let id = try #require(try twin.json["data"]?["uuid"]?.text)
        try await caller.call("createPatients", 200, body: ["items": [Partner.patient]])
        try await caller.call("searchPatients", 200, body: ["name": "quackenbush", "per_page": 1])
        try await caller.call("getPatient", 200, path: ["uuid": id])
        try await caller.call("listPatients", 200, query: "email=EXAMPLE.com&per_page=1")
        try await caller.call(
            "updatePatient", 200, path: ["uuid": id], body: ["middle_name": "Ann", "phone_cell": .null])
        try await caller.call("syncPatient", 200, path: ["uuid": id])
        try await caller.call("deletePatient", 204, path: ["uuid": id])
    }

    private static func orders(
        _ caller: DocumentedCaller, _ partner: Partner, _ receiver: WebhookReceiver
    ) async throws {
        try await caller.call("listPharmacies", 200)
        try await caller.call(
            "listMedications", 200, path: ["pharmacy": partner.pharmacyID], query: "page=2&search=a")
        try await caller.call(
            "listMedications", 200, path: ["pharmacy": partner.pharmacyID],
            query: "per_page=100&sort=-price&form=injectable&schedule_code=L")
        try await caller.call("getMedication", 200, path: ["medication_id": partner.medicationID])
        let dry = try await caller.call(
            "submitOrder", 200, query: "dry_run=true", body: partner.order(reference: "dry"))
        #expect(try dry.json["data"]?["uuid"] == .null)
        try await caller.call("submitOrders", 200, body: ["items": [partner.order(reference: "batch")]])
        let placed = try await caller.call(
            "submitOrder", 201, body: partner.order(reference: "A", webhookURLs: [receiver.url()]))
        let id = try #require(try placed.json["data"]?["uuid"]?.text)
        for status in ["confirmed", "shipped", "delivered"] {
            try await caller.call("advanceSandboxOrder", 200, path: ["uuid": id], body: ["status": .string(status)])
        }
        try await caller.call("getOrder", 200, path: ["uuid": id])
        try await caller.call("listOrders", 200, query: "status=delivered&order_id=A")
        try await caller.call(
            "listPatientOrders", 200, path: ["uuid": partner.patientID], query: "status=delivered&order_id=A")
        let second = try await caller.call("submitOrder", 201, body: partner.order(reference: "B"))
        let pending = ["uuid": try #require(try second.json["data"]?["uuid"]?.text)]
        try await caller.call("amendOrder", 200, path: pending, body: ["customer_id": "C", "webhook_urls": .null])
        try await caller.call("refillOrder", 409, path: pending)
        try await caller.call("cancelOrder", 200, path: pending, body: ["reason": "Ordered twice"])
        try await caller.call("amendOrder", 409, path: pending, body: ["customer_id": "D"])
        let whole = JSON.object(
            (partner.order(reference: "whole").members ?? []) + (Self.prescription.members ?? []))
        let complete = try await caller.call("submitOrder", 201, body: whole)
        let refill = try await caller.call(
            "refillOrder", 201, path: ["uuid": try #require(try complete.json["data"]?["uuid"]?.text)],
            body: ["order_id": "whole-1"])
        #expect(try refill.json["data"]?["refill_of"] == complete.json["data"]?["uuid"])
        #expect(try refill.json["data"]?["ship_to"]?["city"] == "Chicago")

        // created, confirmed, processing, shipped, delivered
        var arrivals = receiver.requests.makeAsyncIterator()
        for _ in 0..<5 { _ = try #require(await arrivals.next()) }
        var delivery = ""
        while delivery.isEmpty {
            // The receiver may have responded before the server has recorded it.
            let listed = try await caller.call("listDeliveries", 200, query: "order=\(id)&status=succeeded")
            delivery = try listed.json["data"]?.elements?.first?["id"]?.text ?? ""
        }
        try await caller.call("getDelivery", 200, path: ["id": delivery])
        try await caller.call("redeliver", 202, path: ["id": delivery])
        for event in WebhookEventType.allCases {
            let sample = try await caller.call("sampleWebhook", 200, query: "event=\(event.rawValue)")
            #expect(try sample.json["data"]?["event"]?.text == event.rawValue)
            if case .endpoint = event { #expect(try sample.json["data"]?["endpoint"]?["host"] == "your-app.com") }
        }
        let unknown = try await caller.call("sampleWebhook", 422, query: "event=endpoint.lost", fits: false)
        #expect(try unknown.json["errors"]?.members?.map(\.name) == ["event"])
        let health = try await caller.call("getWebhookHealth", 200)
        #expect(try health.json["failing"] == 0)
        #expect(try health.json["data"]?.elements?.first?["last_success_at"]?.text != nil)
        let feed = try await caller.call("listEvents", 200, query: "limit=3")
        #expect(try feed.json["has_more"] == true)
        let cursor = try #require(try feed.json["next_cursor"]?.text)
        let rest = try await caller.call("listEvents", 200, query: "after=\(cursor)")
        #expect(try rest.json["data"]?.elements?.isEmpty == false)
        let tested = try await caller.call(
            "testWebhook", 200, body: ["url": .string(receiver.url("/test")), "event": "order.delivered"])
        #expect(try tested.json["data"]?["is_success"] == true)
        let refused = try await caller.call(
            "testWebhook", 422, body: ["url": "ftp://x", "event": "order.lost"], fits: false)
        #expect(try refused.json["errors"]?.members?.map(\.name) == ["event", "url"])
        try await requests(caller, order: id)
        try await endpoints(caller, receiver)
        try await caller.call("recoverDeliveries", 202, body: ["since": "2025-12-22T17:15:01+00:00"])
        try await caller.call("rotateWebhookSecret", 200)
        try await caller.call("rotateWebhookSecret", 200, body: ["activate_after": 604_800])
        for seconds: JSON in [-1, 604_801, "3600"] {
            let refused = try await caller.call(
                "rotateWebhookSecret", 422, body: ["activate_after": seconds], fits: false)
            #expect(try refused.json["errors"]?.members?.map(\.name) == ["activate_after"])
        }
    }

    /// Every member of an order's prescription.
    private static let prescription: JSON = [
        "ship_to": [
            "recipient": "Front Desk", "address1": "400 Lake Street", "address2": .null, "city": "Chicago",
            "state": "IL", "zip": "60601",
        ],
        "shipping_method": "overnight", "directions": "Take one daily.", "refills_authorized": 1,
        "prescriber": [
            "name": "Ada Wells, MD", "npi": "1234567893", "license_number": "036-123456", "license_state": "IL",
        ],
    ]

    private static func endpoints(_ caller: DocumentedCaller, _ receiver: WebhookReceiver) async throws {
        let created = try await caller.call(
            "createWebhookEndpoint", 201,
            body: ["url": .string(receiver.url("/endpoint")), "events": ["order.shipped", "endpoint.failing"]])
        let endpoint = try #require(try created.json["data"])
        let id = try #require(endpoint["uuid"]?.text)
        #expect(endpoint["secret"]?.text?.hasPrefix("whsec_") == true)
        #expect(created.headers.first(name: "Location")?.hasSuffix("/webhooks/endpoints/\(id)") == true)
        let read = try await caller.call("getWebhookEndpoint", 200, path: ["uuid": id])
        #expect(try read.json["data"]?["secret"] == nil)
        #expect(try read.json["data"]?["retry_schedule"] == "standard")
        let listed = try await caller.call("listWebhookEndpoints", 200)
        #expect(try listed.json["data"] == [try #require(try read.json["data"])])
        let changed = try await caller.call(
            "updateWebhookEndpoint", 200, path: ["uuid": id],
            body: ["paused": true, "retry_schedule": "extended", "events": .null, "description": "Reports"])
        #expect(try changed.json["data"]?["events"] == [])
        #expect(try changed.json["data"]?["url"] == endpoint["url"])
        let twin = try await caller.call(
            "createWebhookEndpoint", 422, body: ["url": .string(receiver.url("/endpoint"))])
        #expect(try twin.json["errors"]?.members?.map(\.name) == ["url"])
        let refused = try await caller.call(
            "createWebhookEndpoint", 422,
            body: [
                "url": "ftp://x", "events": ["order.lost"], "paused": "yes", "retry_schedule": "never",
                "description": .string(String(repeating: "x", count: 256)),
            ], fits: false)
        #expect(
            try refused.json["errors"]?.members?.map(\.name) == [
                "url", "events.0", "description", "paused", "retry_schedule",
            ])
        let rotated = try await caller.call("rotateWebhookEndpointSecret", 200, path: ["uuid": id])
        #expect(try rotated.json["data"]?["secret"] != endpoint["secret"])
        try await caller.call("deleteWebhookEndpoint", 204, path: ["uuid": id])
        try await caller.call("getWebhookEndpoint", 404, path: ["uuid": id])
    }

    private static func requests(_ caller: DocumentedCaller, order: String) async throws {
        var logged = JSON.null
        // The log is written in batches.
        while logged.isNull {
            let listed = try await caller.call(
                "listRequests", 200, query: "order=\(order)&operation=submitOrder&status=2xx")
            logged = try listed.json["data"]?.elements?.first ?? .null
        }
        let id = try #require(logged["request_id"]?.text)
        let read = try await caller.call("getRequest", 200, path: ["request_id": id])
        #expect(try read.json["data"] == logged)
    }

    @Test("Every operation's errors match their schemas, and reveal nothing of other tenants")
    func errors() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory(), settings: ["UP_SANDBOX_STEP": "manual"])
        defer { server.kill() }
        let partner = try await Partner(server)
        let caller = DocumentedCaller(partner)
        for endpoint in PartnerAPIRouter.endpoints {
            let operation = endpoint.operation
            let names = operation.parameters.filter { $0.location == .path }.map(\.name)
            let path = Dictionary(uniqueKeysWithValues: names.map { ($0, Self.unknownID) })
            if endpoint.operation.access == .bearer || endpoint.operation.access == .setupTokenOrBearer {
                try await caller.call(operation.id, 401, path: path, token: "nonsense")
                try await caller.call(operation.id, 401, path: path, token: "")
            }
            if let body = operation.body {
                if !names.isEmpty {
                    let example = try #require(body.examples.first?.value)
                    try await caller.call(operation.id, 404, path: path, body: example)
                }
                try await caller.call(operation.id, 422, path: path, body: [1, 2], fits: false)
                try await caller.call(
                    operation.id, 415, path: path, body: [:], fits: nil, headers: ["Content-Encoding": "gzip"])
            } else if !names.isEmpty {
                try await caller.call(operation.id, 404, path: path)
            }
            for parameter in operation.parameters where parameter.location == .query {
                try await caller.call(
                    operation.id, 422, path: path, query: "\(parameter.name)=%00\(String(repeating: "x", count: 200))",
                    body: operation.body?.examples.first?.value)
            }
        }
    }
}
