import Foundation
import NIOHTTP1
import PharmacyDomain
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Orders of a live tenant, submitted to a pharmacy system over HTTP", .timeLimit(.minutes(3)))
struct LivePharmacyTests {
    /// A server that dispatches its orders to a simulator, and a partner. Tests may kill and restart the server.
    private final class Fixture: Sendable {
        let simulator: RunningSimulator
        let partner: Partner
        private let settings: [String: String]
        private let running: Mutex<ServerProcess>

        init(_ simulator: RunningSimulator, settings: [String: String] = [:]) async throws {
            self.simulator = simulator
            self.settings = simulator.serverSettings.merging(settings) { $1 }
            let server = try ServerProcess(in: ServerProcess.temporaryDirectory(), settings: self.settings)
            running = Mutex(server)
            let made = try server.command("tenant", "create", "acme", "--json")
            let token = try #require(try JSON.parse(Array(made.output.utf8))["setup_token"]?.text)
            partner = try await Partner(baseURL: server.origin + "/pharmacy/acme/api/v1", setupToken: token)
            try await simulator.sendReports(to: server)
        }

        var server: ServerProcess { running.withLock(\.self) }

        /// `kill -9`, and a new start on the same data.
        func killAndRestart() async throws {
            let directory = server.directory
            server.kill()
            let next = try ServerProcess(in: directory, settings: settings)
            running.withLock { $0 = next }
            try await simulator.sendReports(to: next)
        }

        func call(
            _ method: HTTPMethod, _ path: String, body: JSON? = nil, headers: [String: String] = [:]
        ) async throws -> Partner.Response {
            try await Partner.call(
                method, server.origin + "/pharmacy/acme/api/v1" + path, token: partner.accessToken, body: body,
                headers: headers)
        }

        /// Places an order with as many retries as needed: the server may be killed at any time.
        func place(_ reference: String) async throws -> String {
            let body = partner.order(reference: reference)
            let end = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < end {
                let response = try? await call(
                    .POST, "/orders", body: body, headers: ["Idempotency-Key": reference])
                if let id = try? response?.json["data"]?["uuid"]?.text { return id }
            }
            throw Gone()
        }

        struct Gone: Error {}

        func order(_ id: String) async throws -> JSON { try await call(.GET, "/orders/\(id)").json["data"] ?? .null }
    }

    /// Polls over HTTP until the condition holds, without any other wait.
    private func eventually(
        within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
    ) async throws -> Bool {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            if (try? await condition()) == true { return true }
        }
        return false
    }

    @Test("An order is dispatched once, and reports complete it in any order and number")
    func lifecycle() async throws {
        try await RunningSimulator.with { simulator in
            let fixture = try await Fixture(simulator)
            defer { fixture.server.kill() }
            let id = try await fixture.place("course")
            #expect(try await eventually { try await fixture.order(id)["dispatch"]?["status"] == "accepted" })
            let row = try #require(try await simulator.ledger().first { $0["id"]?.text == id })
            #expect(row["reference"] == "course")
            #expect(row["tenant"] == "acme")
            try await simulator.set(["callbacks": ["copies": 3, "reversed": true]])
            try await simulator.finish(id)
            let order = try await fixture.order(id)
            #expect(order["status"] == "delivered")
            let history = (order["status_history"]?.elements ?? []).map { $0["status"]?.text }
            #expect(history == ["pending", "confirmed", "processing", "shipped", "delivered"])
            #expect(order["shipping"]?["tracking"]?.text?.isEmpty == false)
            let shipment = try #require(order["shipments"]?.elements?.first)
            #expect(shipment["shipped_at"]?.text != nil && shipment["delivered_at"]?.text != nil)
            let patient = try await fixture.call(.GET, "/patients/\(fixture.partner.patientID)")
            #expect(try patient.json["data"]?["sync"]?["status"] == "synced")
        }
    }

    @Test("A repeated order gets its response while the pharmacy system is down; a new one gets 503")
    func repetitionWhileDown() async throws {
        try await RunningSimulator.with { simulator in
            let fixture = try await Fixture(simulator)
            defer { fixture.server.kill() }
            let id = try await fixture.place("kept")
            try await simulator.set(faults: ["kind": "status", "status": 503])
            // No catalog is in memory from here on.
            try await fixture.killAndRestart()
            let body = fixture.partner.order(reference: "kept")
            let again = try await fixture.call(.POST, "/orders", body: body, headers: ["Idempotency-Key": "kept"])
            #expect(again.status == 201)
            #expect(again.headers.first(name: "Idempotent-Replayed") == "true")
            #expect(try again.json["data"]?["uuid"]?.text == id)
            let new = try await fixture.call(.POST, "/orders", body: body, headers: ["Idempotency-Key": "new"])
            #expect(new.status == 503)
        }
    }

    @Test("Lost reports are recovered by querying the pharmacy system")
    func lostReports() async throws {
        try await RunningSimulator.with { simulator in
            let fixture = try await Fixture(simulator, settings: ["UP_RECONCILE_AFTER": "100ms"])
            defer { fixture.server.kill() }
            try await simulator.set(["callbacks": ["lost": true]])
            let id = try await fixture.place("lost")
            #expect(try await eventually { try await fixture.order(id)["dispatch"]?["status"] == "accepted" })
            try await simulator.finish(id)
            #expect(try await eventually { try await fixture.order(id)["status"] == "delivered" })
        }
    }

    @Test(
        "A kill -9 between any two steps of a dispatch loses no order and duplicates none",
        arguments: [
            ("patient", "hang_before"), ("patient", "hang_after"), ("submit", "hang_before"), ("submit", "hang_after"),
        ])
    func kill(operation: String, kind: String) async throws {
        try await RunningSimulator.with { simulator in
            let fixture = try await Fixture(simulator)
            defer { fixture.server.kill() }
            let before = try await simulator.requests(operation)
            try await simulator.set(faults: ["operation": .string(operation), "kind": .string(kind), "times": 1])
            let id = try await fixture.place("kill")
            #expect(try await eventually { try await simulator.requests(operation) > before })
            try await fixture.killAndRestart()
            #expect(try await eventually { try await fixture.order(id)["dispatch"]?["status"] == "accepted" })
            let rows = try await simulator.ledger()
            #expect(rows.map { $0["id"]?.text } == [id])
            #expect(rows.first?["submissions"] == (kind == "hang_after" && operation == "submit" ? 2 : 1))
            try fixture.server.expectIntegrity()
        }
    }

    /// The orders that have been acknowledged.
    private final class Placed: Sendable {
        private let values = Mutex<[String]>([])

        var ids: [String] { values.withLock(\.self) }
        func add(_ id: String) { values.withLock { $0.append(id) } }
    }

    @Test(
        "Two hundred orders become one prescription each despite all kinds of faults and repeated kills"
    )
    func manyFaults() async throws {
        try await RunningSimulator.with { simulator in
            let fixture = try await Fixture(simulator)
            defer { fixture.server.kill() }
            var faults: [JSON] = []
            for _ in 0..<6 {
                for kind in ["close_after", "half_answer", "close_before"] {
                    faults.append(["operation": "submit", "kind": .string(kind), "times": 2])
                }
                faults.append(["operation": "submit", "kind": "status", "status": 500, "times": 1])
                faults.append(["operation": "patient", "kind": "status", "status": 503, "times": 2])
            }
            try await simulator.set(["faults": .array(faults)])
            let placed = Placed()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<8 {
                    group.addTask {
                        for number in 0..<25 {
                            let id = try await fixture.place("\(worker)-\(number)")
                            placed.add(id)
                        }
                    }
                }
                group.addTask {
                    for kill in 1...4 {
                        let isReached = try await eventually {
                            _ = try await simulator.requests("submit")
                            return placed.ids.count >= kill * 40
                        }
                        #expect(isReached)
                        try await fixture.killAndRestart()
                    }
                }
                try await group.waitForAll()
            }
            let ids = placed.ids
            #expect(Set(ids).count == 200)
            #expect(try await eventually(within: .seconds(120)) { try await simulator.ledger().count >= 200 })
            for id in ids {
                #expect(try await eventually { try await fixture.order(id)["dispatch"]?["status"] == "accepted" })
            }
            let rows = try await simulator.ledger()
            #expect(Set(rows.map { $0["id"]?.text }) == Set(ids))
            #expect(Set(rows.map { $0["reference"]?.text }).count == 200)
            let total = try await fixture.call(.GET, "/orders?per_page=1")
            #expect(try total.json["pagination"]?["total"] == 200)
            try fixture.server.expectIntegrity()
        }
    }

    @Test("An order is cancelled while the pharmacy allows it, and not when it is too late or silent")
    func cancel() async throws {
        try await RunningSimulator.with { simulator in
            let fixture = try await Fixture(simulator)
            defer { fixture.server.kill() }
            let (early, late) = (try await fixture.place("early"), try await fixture.place("late"))
            for id in [early, late] {
                #expect(try await eventually { try await fixture.order(id)["dispatch"]?["status"] == "accepted" })
            }
            try await simulator.set(faults: ["operation": "cancel", "kind": "status", "status": 500, "times": 1])
            let silent = try await fixture.call(.POST, "/orders/\(early)/cancel", body: [:])
            #expect(silent.status == 503)
            #expect(silent.headers.first(name: "Retry-After") != nil)
            let cancelled = try await fixture.call(.POST, "/orders/\(early)/cancel", body: ["reason": "Twice"])
            #expect(try cancelled.json["data"]?["status"] == "cancelled")
            let row = try #require(try await simulator.ledger().first { $0["id"]?.text == early })
            #expect(row["is_cancelled"] == true)
            // The pharmacy is further than what it has reported.
            try await simulator.set(["callbacks": ["lost": true]])
            try await simulator.finish(late)
            let refused = try await fixture.call(.POST, "/orders/\(late)/cancel", body: [:])
            #expect(refused.status == 409)
            #expect(try refused.json["code"] == "order_not_cancellable")
            #expect(try await fixture.order(late)["status"] == "pending")
        }
    }

    @Test("A late report is shown on the order, found by updated_since, and delivered with its own time")
    func lateReports() async throws {
        try await RunningSimulator.with { simulator in
            let fixture = try await Fixture(simulator)
            defer { fixture.server.kill() }
            let id = try await fixture.place("late")
            #expect(try await eventually { try await fixture.order(id)["dispatch"]?["status"] == "accepted" })
            let placed = try #require(try await fixture.order(id)["created_at"])
            let parcel: JSON = [
                "carrier": "UPS", "tracking": "1Z999AA10123456784", "shipping_status": "In Transit",
                "estimated_delivery": "2030-01-02",
            ]
            try await simulator.report(["status": "shipped", "at": placed], on: id)
            try await simulator.report(["status": "delivered", "at": "2000-01-01T00:00:00Z"], on: id)
            for _ in 1...3 {
                try await simulator.report(["status": "shipped", "shipping": parcel, "at": placed], on: id)
            }
            let order = try await fixture.order(id)
            #expect(order["status"] == "delivered")
            #expect(order["shipping"]?["tracking"] == "1Z999AA10123456784")
            #expect(order["shipping"]?["shipping_status"] == "Delivered")
            #expect(order["shipments"]?.elements?.map { $0["estimated_delivery"] } == ["2030-01-02"])
            #expect(order["shipments"]?.elements?.map { $0["shipped_at"] } == [placed])
            #expect(order["event_sequence"] == 6)
            #expect(order["status_history"]?.elements?.map { $0["at"] } == Array(repeating: placed, count: 5))
            let since = try #require(order["updated_at"]?.text).replacing("+", with: "%2B")
            let changed = try await fixture.call(.GET, "/orders?updated_since=\(since)")
            #expect(try changed.json["data"]?.elements?.map { $0["uuid"]?.text } == [id])
            let feed = try await fixture.call(.GET, "/webhooks/events").json["data"]?.elements ?? []
            #expect(feed.map { $0["sequence"]?.wholeNumber } == [1, 2, 3, 4, 5, 6])
            #expect(feed.suffix(2).map { $0["event"]?.text } == ["order.delivered", "order.delivered"])
            #expect(feed.last?["shipping"]?["tracking"] == "1Z999AA10123456784")
            #expect(feed.allSatisfy { $0["timestamp"] == placed })
            try fixture.server.expectIntegrity()
        }
    }

    @Test("An invalid product is omitted and counted, and an inactive pharmacy is not listed")
    func leftOut() async throws {
        try await RunningSimulator.with { simulator in
            let fixture = try await Fixture(simulator)
            defer { fixture.server.kill() }
            func product(_ code: String, price: String) -> JSON {
                [
                    "code": .string(code), "name": "N", "strength": "", "form": "", "formulation": "", "quantity": "1",
                    "quantity_units": "Each", "schedule_code": "L", "type": "Compound", "price": .string(price),
                ]
            }
            let pharmacies = SimulatedPharmacies.all
            try await simulator.set(faults: [
                "operation": "catalogue", "kind": "body",
                "body": [
                    "pharmacy": "P", "next_cursor": nil,
                    "medications": [
                        product("1", price: "1.00"), product("2", price: "free"), product("3", price: "3.00"),
                    ],
                ],
            ])
            let path = "/pharmacies/\(pharmacies[3].id)/medications"
            let page = try await fixture.call(.GET, path)
            #expect(page.status == 200)
            let items = try #require(try page.json["data"]?.elements)
            #expect(items.map { $0["price"] } == ["1.00", "3.00"])
            #expect(try page.json["stale"] == nil)
            let metrics = try await Partner.call(.GET, fixture.server.origin + "/metrics", token: nil)
            let text = String(decoding: metrics.bytes, as: UTF8.self)
            #expect(text.contains("catalogue_products_refused_total{cause=\"price\"} 1"))

            let listed = pharmacies.map { pharmacy -> JSON in
                let isOpen = pharmacy.id != pharmacies[3].id
                return Pharmacy(
                    id: pharmacy.id, name: pharmacy.name, slug: pharmacy.slug, status: isOpen ? .active : .inactive
                ).json
            }
            try await simulator.set(faults: [
                "operation": "pharmacies", "kind": "body", "body": ["pharmacies": .array(listed)],
            ])
            let open = try await fixture.call(.GET, "/pharmacies").json["data"]?.elements
            #expect(open?.map { $0["id"]?.text } == pharmacies.dropLast().map(\.id.description))
            let closed = try await fixture.call(.GET, path)
            #expect(closed.status == 404)
            let order: JSON = [
                "patient_id": .string(fixture.partner.patientID), "pharmacy_id": .string(pharmacies[3].id.description),
                "medication_id": items[0]["medication_id"] ?? .null, "dispense_quantity": 1,
            ]
            let refused = try await fixture.call(.POST, "/orders", body: order)
            #expect(refused.status == 422)
            #expect(try refused.json["errors"]?.members?.map(\.name) == ["pharmacy_id"])
        }
    }

    @Test("The operator sees the pharmacies, and whether their system responds")
    func operatorLists() async throws {
        try await RunningSimulator.with { simulator in
            let fixture = try await Fixture(simulator)
            defer { fixture.server.kill() }
            let config = fixture.server.directory.appending(path: "settings")
            let lines = simulator.serverSettings.map { "\($0.key)=\($0.value)\n" }.joined()
            try Data(lines.utf8).write(to: config)
            let listed = try fixture.server.command("pharmacy", "list", "acme", "--json", "--config", config.path)
            #expect(listed.status == 0)
            #expect(try JSON.parse(Array(listed.output.utf8)).elements == SimulatedPharmacies.all.map(\.json))
            try await simulator.set(faults: ["kind": "status", "status": 500])
            let down = try fixture.server.command("pharmacy", "list", "acme", "--config", config.path)
            #expect(down.status == 1)
        }
    }

    @Test("Only signed reports are accepted, and the path allows only POST")
    func reports() async throws {
        try await RunningSimulator.with { simulator in
            let fixture = try await Fixture(simulator)
            defer { fixture.server.kill() }
            let url = fixture.server.origin + "/impetus/v1/events"
            let body: JSON = ["prescription": "fd44a635-6d0c-47fa-8343-e0d604d46992", "status": "shipped"]
            #expect(try await Partner.call(.POST, url, token: nil, body: body).status == 401)
            let forged = try await Partner.call(
                .POST, url, token: fixture.partner.accessToken, body: body,
                headers: ["Impetus-Signature": "t=1,v1=00"])
            #expect(forged.status == 401)
            let read = try await Partner.call(.GET, url, token: nil)
            #expect(read.status == 405)
            #expect(read.headers.first(name: "Allow") == "POST")
        }
    }
}
