import Foundation
import NIOHTTP1
import PartnerAPI
import PharmacyDomain
import PharmacyTestSupport
import Testing

/// Tests lists over HTTP: paging, filters, and misspelled parameters.
@Suite("Lists of a running server", .timeLimit(.minutes(3)))
struct ListTests {
    private func withPartner(_ body: (Partner, DocumentedCaller) async throws -> Void) async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory(), settings: ["UP_SANDBOX_STEP": "manual"])
        defer { server.kill() }
        let partner = try await Partner(server)
        try await body(partner, DocumentedCaller(partner))
    }

    private func errors(_ response: Partner.Response) throws -> [String: [String]] {
        let members = try response.json["errors"]?.members ?? []
        return Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value.elements?.compactMap(\.text) ?? []) })
    }

    // MARK: Parameters

    @Test("No operation accepts an undeclared parameter, one without a value, or a repeated one")
    func parameters() async throws {
        try await withPartner { _, caller in
            for endpoint in PartnerAPIRouter.endpoints {
                let operation = endpoint.operation
                let names = operation.parameters.filter { $0.location == .path }.map(\.name)
                let unknownID = "00000000-0000-4000-8000-000000000000"
                let path = Dictionary(uniqueKeysWithValues: names.map { ($0, unknownID) })
                let body = operation.body?.examples.first?.value
                func refused(_ query: String) async throws -> [String: [String]] {
                    let response = try await caller.call(
                        operation.id, 422, path: path, query: query, body: body, fits: nil)
                    return try errors(response)
                }
                let unknown = try await refused("utm_source=mail")
                #expect(
                    unknown["utm_source"]?.first?.hasPrefix("Unknown query parameter. This endpoint accepts ") == true)
                for name in operation.queryParameters {
                    #expect(
                        try await refused("\(name)=%20")[name] == [
                            "\(name) must not be empty. Leave it out instead."
                        ], "\(operation.id)")
                    #expect(try await refused("\(name)=1&\(name)=1")[name] == ["\(name) must appear only once."])
                    let other = name.prefix(1).uppercased() + name.dropFirst()
                    #expect(
                        try await refused("\(other)=1")[other] == [
                            "Unknown query parameter. Did you mean `\(name)`?"
                        ], "\(operation.id)")
                }
            }
        }
    }

    @Test("A parameter of another endpoint is refused without effect")
    func othersParameters() async throws {
        try await withPartner { partner, caller in
            let order = partner.order(reference: "A")
            try await caller.call("submitOrder", 422, query: "dryrun=true", body: order)
            try await caller.call("createPatient", 422, query: "dry_run=true", body: Partner.patient)
            try await caller.call("deletePatient", 422, path: ["uuid": partner.patientID], query: "dry_run=true")
            try await caller.call("getPatient", 200, path: ["uuid": partner.patientID])
            #expect(try await caller.call("listOrders", 200).json["data"] == [])
            let patients = try await caller.call("listPatients", 422, query: "order_id=A&page=0&Email=x")
            #expect(try Set(errors(patients).keys) == ["order_id", "page", "Email"])
            // Secrets do not belong into a query, and are not taken from there.
            let token = try await caller.call(
                "issueToken", 422, query: "client_secret=x", body: ["client_id": "a", "client_secret": "b"], token: "")
            #expect(try token.json["error"]?.text != nil)
        }
    }

    @Test("A patient's orders are those of the patient alone, and of a patient that exists")
    func patientOrders() async throws {
        try await withPartner { partner, caller in
            let other = try #require(
                try await caller.call("createPatient", 201, body: Partner.patient).json["data"]?["uuid"])
            let foreign = JSON.object(
                (partner.order(reference: "B").members ?? []).map {
                    $0.name == "patient_id" ? JSON.Member($0.name, other) : $0
                })
            for order in [partner.order(reference: "A"), foreign, partner.order(reference: "C")] {
                try await caller.call("submitOrder", 201, body: order)
            }
            func references(_ query: String = "") async throws -> [String?]? {
                let path = ["uuid": partner.patientID]
                let page = try await caller.call("listPatientOrders", 200, path: path, query: query)
                return try page.json["data"]?.elements?.map { $0["order_id"]?.text }
            }
            #expect(try await references() == ["C", "A"])
            #expect(try await references("order_id=A&status=pending") == ["A"])
            #expect(try await references("order_id=B") == [])
            let refused = try await caller.call(
                "listPatientOrders", 422, path: ["uuid": partner.patientID], query: "patient_id=\(partner.patientID)")
            #expect(try errors(refused).keys.contains("patient_id"))
            try await caller.call("deletePatient", 204, path: ["uuid": partner.patientID])
            try await caller.call("listPatientOrders", 404, path: ["uuid": partner.patientID])
            #expect(
                try await caller.call("listOrders", 200, query: "patient_id=\(partner.patientID)")
                    .json["data"]?.elements?.count == 2)
        }
    }

    @Test("A medication is found by its id, and an altered id is not")
    func medication() async throws {
        try await withPartner { partner, caller in
            let path = ["pharmacy": partner.pharmacyID]
            let listed = try await caller.call("listMedications", 200, path: path).json["data"]?.elements?.first
            let found = try await caller.call("getMedication", 200, path: ["medication_id": partner.medicationID])
            #expect(try found.json["data"]?["name"] == listed?["name"] && listed?["medication_id"] != nil)
            for id in [String(partner.medicationID.reversed()), "x", "%00", "a%2Fb"] {
                try await caller.call("getMedication", 404, path: ["medication_id": id])
            }
            let sorted = try await caller.call("listMedications", 200, path: path, query: "sort=-price&per_page=100")
            let prices = try sorted.json["data"]?.elements?.compactMap { $0["price"]?.text.flatMap(Price.init) }
            let total = try #require(try sorted.json["pagination"]?["total"]?.wholeNumber)
            #expect(total > 25 && prices?.count == min(100, Int(total)) && prices == prices?.sorted(by: >))
            try await caller.call("listMedications", 422, path: path, query: "sort=size")
            try await caller.call("listMedications", 422, path: path, query: "per_page=101")
        }
    }

    // MARK: Walks

    private func ids(_ response: Partner.Response) throws -> [String] {
        try response.json["data"]?.elements?.compactMap { ($0["uuid"] ?? $0["id"])?.text } ?? []
    }

    @Test(
        "A list is read completely by following next_cursor from the first request",
        arguments: ["listPatients", "listOrders", "listDeliveries"])
    func walk(operation: String) async throws {
        try await withPartner { partner, caller in
            for number in 1...4 {
                try await caller.call("createPatient", 201, body: Partner.patient)
                try await caller.call(
                    "submitOrder", 201,
                    body: partner.order(reference: "\(number)", webhookURLs: ["http://127.0.0.1:9/hook"]))
            }
            let all = try ids(try await caller.call(operation, 200, query: "per_page=100"))
            #expect(all.count >= 4)
            var page = try await caller.call(operation, 200, query: "per_page=2")
            let first = try #require(try page.json["pagination"])
            #expect(first["page"] == 1 && first["total"] == JSON(all.count))
            var met = try ids(page)
            while let cursor = try page.json["pagination"]?["next_cursor"]?.text {
                page = try await caller.call(operation, 200, query: "per_page=2&cursor=\(cursor)")
                let pagination = try #require(try page.json["pagination"]?.members)
                #expect(pagination.map(\.name) == ["per_page", "next_cursor"])
                met += try ids(page)
            }
            #expect(met == all)
            let cursor = try #require(first["next_cursor"]?.text)
            let both = try await caller.call(operation, 422, query: "page=2&cursor=\(cursor)")
            #expect(try errors(both).keys.contains("cursor"))
            let other = operation == "listOrders" ? "listDeliveries" : "listOrders"
            let foreign = try await caller.call(other, 422, query: "cursor=\(cursor)")
            #expect(
                try errors(foreign)["cursor"] == [
                    "cursor must be a next_cursor of this list, sent with the same filters."
                ])
        }
    }

    @Test("Deleted patients are listed on request, so that a synchronized copy can remove them")
    func deleted() async throws {
        try await withPartner { partner, caller in
            let since = "updated_since=2020-01-01T00:00:00Z"
            try await caller.call("deletePatient", 204, path: ["uuid": partner.patientID])
            let found = try await caller.call("listPatients", 200, query: since + "&include_deleted=true")
            let patient = try #require(try found.json["data"]?.elements?.first)
            #expect(patient.members?.map(\.name) == ["uuid", "deleted_at"])
            #expect(patient["uuid"]?.text == partner.patientID)
            #expect(try await caller.call("listPatients", 200, query: since).json["data"] == [])
            for query in [
                "include_deleted=true", since + "&include_deleted=true&email=a",
                since + "&include_deleted=1&external_id=a",
            ] {
                let refused = try await caller.call("listPatients", 422, query: query)
                #expect(try Array(errors(refused).keys) == ["include_deleted"])
            }
            try await caller.call("listPatients", 200, query: "include_deleted=false&email=a")
        }
    }

    @Test("A wiped sandbox refuses earlier cursors")
    func wiped() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory(), settings: ["UP_SANDBOX_STEP": "manual"])
        defer { server.kill() }
        let partner = try await Partner(server)
        _ = try await partner.call(.POST, "/patients", body: Partner.patient)
        let page = try await partner.call(.GET, "/patients?per_page=1")
        let cursor = try #require(try page.json["pagination"]?["next_cursor"]?.text)
        #expect(try await partner.call(.POST, "/sandbox/wipe").status == 204)
        let again = try await Partner(server)
        let expired = try await again.call(.GET, "/patients?cursor=\(cursor)")
        #expect(expired.status == 410)
        #expect(try expired.json["code"] == "cursor_expired")
    }

    // MARK: Times from responses

    @Test("The audit log can be filtered by the times that it shows")
    func auditTimes() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory(), settings: ["UP_SANDBOX_STEP": "manual"])
        defer { server.kill() }
        _ = try await Partner(server)
        func list(_ options: String...) throws -> [JSON] {
            let result = try ServerProcess.run(
                ["audit", "list", "--json", "--action", "patient.created"] + options, in: server.directory,
                settings: ["UP_LOG_LEVEL": "error"])
            #expect(result.status == 0)
            return try result.output.split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }
        }
        let entries = try list()
        let shown = try #require(entries.first?["at"]?.text)
        #expect(entries.count == 1)
        #expect(try list("--since", shown, "--until", shown) == entries)
    }

    @Test("A client that waits until X-RateLimit-Reset has its whole allowance again")
    func rateLimitReset() async throws {
        let server = try ServerProcess(
            in: ServerProcess.temporaryDirectory(), settings: ["UP_RATE_LIMIT": "10/h"])
        defer { server.kill() }
        let before = Int64((Date().timeIntervalSince1970 * 1000).rounded(.down))
        let response = try await Partner.call(.GET, server.baseURL + "/ping", token: nil)
        let reset = try #require(response.headers.first(name: "X-RateLimit-Reset").flatMap { Int64($0) })
        // One of ten requests an hour is back after six minutes.
        #expect(reset * 1000 >= before + 360_000)
    }

    @Test("Records are found by the times that the API returned")
    func shownTimes() async throws {
        try await withPartner { partner, caller in
            let placed = try await caller.call("submitOrder", 201, body: partner.order(reference: "A"))
            let order = try #require(try placed.json["data"])
            let id = try #require(order["uuid"]?.text)
            let created = try #require(order["created_at"]?.text)
            let confirmed = try await caller.call(
                "advanceSandboxOrder", 200, path: ["uuid": id], body: ["status": "confirmed"])
            let updated = try #require(try confirmed.json["data"]?["updated_at"]?.text)
            for query in [
                "created_from=\(created)", "created_to=\(created)", "created_from=\(created)&created_to=\(created)",
                "updated_since=\(updated)",
            ] {
                #expect(try ids(try await caller.call("listOrders", 200, query: query)) == [id], "\(query)")
            }
            let patient = try await caller.call("getPatient", 200, path: ["uuid": partner.patientID])
            let changed = try #require(try patient.json["data"]?["updated_at"]?.text)
            #expect(
                try ids(try await caller.call("listPatients", 200, query: "updated_since=\(changed)")) == [
                    partner.patientID
                ])
        }
    }
}
