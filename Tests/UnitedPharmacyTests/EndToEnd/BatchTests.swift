import NIOHTTP1
import PharmacyDomain
import Testing

/// Tests batches over HTTP.
@Suite("Batches of a running server", .timeLimit(.minutes(3)))
struct BatchTests {
    private func withPartner(
        settings: [String: String] = [:], _ body: (Partner, DocumentedCaller) async throws -> Void
    ) async throws {
        let server = try ServerProcess(
            in: ServerProcess.temporaryDirectory(), settings: ["UP_SANDBOX_STEP": "manual"].merging(settings) { $1 })
        defer { server.kill() }
        let partner = try await Partner(server)
        try await body(partner, DocumentedCaller(partner))
    }

    private func results(_ response: Partner.Response) throws -> [JSON] {
        try #require(try response.json["data"]?.elements)
    }

    /// The order without what its dispatch changes.
    private func undispatched(_ order: JSON?) -> [JSON.Member]? { order?.members?.filter { $0.name != "dispatch" } }

    private func adding(_ name: String, _ value: JSON, to body: JSON) -> JSON {
        .object((body.members ?? []) + [JSON.Member(name, value)])
    }

    @Test("Each item has the result of a single request, in the order of the items")
    func orders() async throws {
        try await withPartner { partner, caller in
            let wrong = adding("webhook_urls", ["ftp://x"], to: adding("memo", 1, to: partner.order(reference: "B")))
            let items: [JSON] = [
                partner.order(reference: "A"), wrong, "text", partner.order(reference: "C"),
                adding("idempotency_key", "with space", to: partner.order(reference: "D")),
            ]
            let response = try await caller.call("submitOrders", 200, body: ["items": .array(items)], fits: nil)
            let results = try results(response)
            #expect(results.map { $0["index"] } == (0..<5).map { JSON($0) })
            #expect(results.map { $0["status"] } == [201, 422, 422, 201, 422])
            let placed = try #require(results[0]["data"])
            let id = try #require(placed["uuid"]?.text)
            let read = try await caller.call("getOrder", 200, path: ["uuid": id]).json["data"]
            #expect(undispatched(read) == undispatched(placed))
            let single = try await caller.call("submitOrder", 422, body: wrong, fits: nil).json
            #expect(results[1]["error"]?["errors"] == single["errors"] && single["errors"] != nil)
            #expect(results[1]["error"]?["code"] == "validation_failed")
            let requestID = response.headers.first(name: "X-Request-Id")
            #expect(results[1]["error"]?["request_id"]?.text == requestID)
            #expect(results[2]["error"]?["errors"]?["item"] != nil)
            #expect(results[4]["error"]?["errors"]?["idempotency_key"] != nil)
            let listed = try await caller.call("listOrders", 200).json["data"]?.elements
            #expect(listed?.map { $0["order_id"] } == ["C", "A"])
        }
    }

    @Test("A batch has up to 100 items, and may have none")
    func limits() async throws {
        try await withPartner(settings: ["UP_RATE_LIMIT": "10000/s"]) { partner, caller in
            let full = (0..<100).map { partner.order(reference: "\($0)") }
            let bodies: [JSON] = [
                [:], ["items": .null], ["items": "a"],
                ["items": .array(full + [partner.order(reference: "101")])],
            ]
            for body in bodies {
                for operation in ["submitOrders", "createPatients"] {
                    let refused = try await caller.call(operation, 422, body: body, fits: nil)
                    #expect(try refused.json["errors"]?.members?.map(\.name) == ["items"])
                }
            }
            #expect(try results(try await caller.call("submitOrders", 200, body: ["items": []])).isEmpty)
            let accepted = try await caller.call("submitOrders", 200, body: ["items": .array(full)])
            #expect(try results(accepted).allSatisfy { $0["status"] == 201 })
            let listed = try await caller.call("listOrders", 200, query: "per_page=100").json["data"]?.elements
            #expect(listed?.compactMap { $0["order_id"]?.text } == (0..<100).reversed().map(String.init))
        }
    }

    @Test("A batch with an Idempotency-Key is made once, and its items with keys of their own, too")
    func idempotency() async throws {
        try await withPartner { partner, caller in
            let keyed = adding("idempotency_key", "own", to: partner.order(reference: "B"))
            let body: JSON = ["items": [partner.order(reference: "A"), keyed]]
            let key = ["Idempotency-Key": "batch"]
            let first = try await caller.call("submitOrders", 200, body: body, headers: key)
            let second = try await caller.call("submitOrders", 200, body: body, headers: key)
            #expect(first.headers["Idempotent-Replayed"].isEmpty)
            #expect(second.headers.first(name: "Idempotent-Replayed") == "true")
            #expect(try results(first).map { $0["data"] } == results(second).map { $0["data"] })
            #expect(try results(second).map { $0["replayed"] } == [true, true])
            let other: JSON = ["items": [partner.order(reference: "X"), keyed, partner.order(reference: "C")]]
            let third = try await caller.call("submitOrders", 422, body: other, headers: key)
            #expect(try third.json["code"] == "idempotency_key_reused")
            // The key cannot order again in a request of its own.
            let alone = try await caller.call(
                "submitOrder", 422, body: partner.order(reference: "B"), headers: ["Idempotency-Key": "own"])
            #expect(try alone.json["code"] == "idempotency_key_reused")
            #expect(try await caller.call("listOrders", 200).json["pagination"]?["total"] == 2)
        }
    }

    @Test("Each item counts against the rate limit, all or none")
    func rateLimit() async throws {
        try await withPartner(settings: ["UP_RATE_LIMIT": "20/h"]) { partner, caller in
            let before = try await caller.call("getPatient", 200, path: ["uuid": partner.patientID])
            let left = try #require(before.headers.first(name: "X-RateLimit-Remaining").flatMap { Int($0) })
            func patients(_ count: Int) -> JSON {
                ["items": .array(Array(repeating: Partner.patient, count: count))]
            }
            let accepted = try await caller.call("createPatients", 200, body: patients(5))
            #expect(accepted.headers.first(name: "X-RateLimit-Remaining") == "\(left - 5)")
            let refused = try await caller.call("createPatients", 429, body: patients(left))
            #expect(refused.headers.contains(name: "Retry-After"))
            // The refused request counts, its items do not.
            let last = try await caller.call("createPatients", 200, body: patients(left - 6))
            #expect(last.headers.first(name: "X-RateLimit-Remaining") == "0")
        }
    }

    @Test("A dry run of a batch orders nothing")
    func dryRun() async throws {
        try await withPartner { partner, caller in
            let body: JSON = ["items": [adding("idempotency_key", "k", to: partner.order(reference: "A"))]]
            let checked = try results(try await caller.call("submitOrders", 200, query: "dry_run=true", body: body))
            #expect(checked.map { $0["status"] } == [200] && checked[0]["data"]?["uuid"] == .null)
            #expect(try await caller.call("listOrders", 200).json["data"] == [])
            #expect(try results(try await caller.call("submitOrders", 200, body: body)).map { $0["replayed"] } == [nil])
        }
    }

    @Test("Patients of a batch are created, and those like others are named")
    func patients() async throws {
        try await withPartner { partner, caller in
            let other = adding("city", "", to: .object((Partner.patient.members ?? []).filter { $0.name != "city" }))
            let body: JSON = ["items": [Partner.patient, other, Partner.patient]]
            let created = try results(try await caller.call("createPatients", 200, body: body, fits: nil))
            #expect(created.map { $0["status"] } == [201, 422, 201])
            let first = try #require(created[0]["data"]?["uuid"])
            #expect(created[0]["possible_duplicates"] == [.string(partner.patientID)])
            #expect(created[2]["possible_duplicates"]?.elements?.contains(first) == true)
            #expect(created[1]["error"]?["errors"]?["city"] != nil)
        }
    }
}
