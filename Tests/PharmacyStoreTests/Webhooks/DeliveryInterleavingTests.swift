import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("Claims, crashes, results and redeliveries in any order", .timeLimit(.minutes(5)))
struct DeliveryInterleavingTests {
    /// The states that a state may lead to in one step. A finished delivery may be started as soon as it waits again, and a
    /// waiting one when another ends.
    private static let ways: [DeliveryState: Set<DeliveryState>] = [
        .waiting: [.ready], .ready: [.sending], .sending: [.ready, .succeeded, .failed],
        .succeeded: [.waiting, .ready], .failed: [.waiting, .ready],
    ]

    @Test(
        "Each queue with unfinished deliveries has exactly one active one, with two tenants",
        arguments: TestDatabase.engines,
        [1, 2, 3, 4] as [UInt64])
    func random(engine: TestDatabase.Engine, seed: UInt64) async throws {
        var run = try await DeliveryRun(engine, seed: seed)
        var before = try await run.rows()
        for _ in 0..<80 {
            try await run.step()
            let after = try await run.rows()
            for (id, row) in after {
                let state = try #require(row.state, "a state that the machine does not have")
                if let old = before[id]?.state {
                    #expect(old == state || Self.ways[old]?.contains(state) == true, "\(old) led to \(state)")
                }
                #expect(row.isDue == state.isActive)
                #expect(row.isCompleted == state.isFinished)
            }
            for queue in Dictionary(grouping: after.values, by: \.queue).values {
                let active = queue.count { $0.state?.isActive == true }
                #expect(active <= 1)
                #expect(active == 1 || queue.allSatisfy { $0.state?.isFinished == true })
            }
            before = after
        }
        try await run.finish()
        for row in try await run.rows().values { #expect(row.state == .succeeded || row.state == .failed) }
        await run.store.close()
    }
}

/// Orders of two tenants with two webhook URLs each, and workers that claim their deliveries, on a real store.
private struct DeliveryRun {
    struct Row {
        struct Queue: Hashable {
            let order: Int64
            let endpoint: Int64
        }

        let queue: Queue
        let state: DeliveryState?
        let isDue: Bool
        let isCompleted: Bool
    }

    let store: Store
    private var now = Timestamp(milliseconds: 1_700_000_000_000)
    private var random: SeededGenerator
    private var orders: [(tenant: TenantID, id: OrderID)] = []
    private var held: [ClaimedDelivery] = []

    init(_ engine: TestDatabase.Engine, seed: UInt64) async throws {
        random = SeededGenerator(seed: seed)
        store = try await TestDatabase(on: engine).store(.fixed([UInt8](repeating: 7, count: 32)), at: now)
        for name in ["acme", "beta"] {
            let tenant = Tenant(
                id: TenantID(UUID()), name: name, kind: .sandbox, status: .active, createdAt: now, resetsAt: nil)
            try await store.systemWrite {
                try $0.createTenant(tenant, dataKey: [UInt8](repeating: 9, count: 32), webhookSecret: "whsec_\(name)")
            }
            orders.append((tenant.id, try await placed(for: tenant.id)))
        }
    }

    private func placed(for tenant: TenantID) async throws -> OrderID {
        let (now, id) = (now, OrderID(UUID()))
        let details = try PatientDetails(parsing: TestInstallation.patient(), today: CalendarDate(now))
        try await store.write(tenant) { scope in
            let stamp = try scope.stamp(at: now)
            let patient = Patient(id: PatientID(UUID()), details: details, createdAt: stamp, updatedAt: stamp)
            try scope.insertPatient(patient)
            let terms = OrderTerms(
                patientID: patient.id, pharmacyID: SimulatedPharmacies.all[0].id, medicationID: "m",
                dispenseQuantity: 4, daysSupply: nil, reference: nil, customerReference: nil, memo: nil,
                clinicalNotes: nil,
                webhookURLs: ["https://a.example/hook", "https://b.example/hook"].map(WebhookURL.init(stored:)))
            let (order, event) = Order.placed(
                id: id, eventID: EventID(UUID()), terms: terms, medication: .sample,
                at: try scope.stamp(at: now))
            try scope.insertOrder(
                order, patient: patient, event: event, dispatchAt: now, newID: { DeliveryID(UUID()) })
        }
        return id
    }

    // MARK: Steps

    mutating func step() async throws {
        switch Int.random(in: 0..<12, using: &random) {
        case 0, 1: try await addEvent()
        case 2, 3, 4: try await claim()
        case 5, 6, 7:
            guard let index = held.indices.randomElement(using: &random) else { return }
            try await record(held.remove(at: index))
        // A worker stops: nothing is ever recorded of its claims.
        case 8: held.removeAll { _ in Bool.random(using: &random) }
        case 9: now = now + .seconds(Int.random(in: 1...90, using: &random))
        case 10: try await redeliver()
        default: try await restart()
        }
    }

    /// All receivers confirm from now on.
    mutating func finish() async throws {
        held = []
        for _ in 0..<60 {
            now = now + .hours(1)
            try await claim()
            for delivery in held { try await record(delivery, as: .succeeded) }
            held = []
        }
    }

    private mutating func addEvent() async throws {
        guard let (tenant, id) = orders.randomElement(using: &random) else { return }
        let (now, next) = (now, Int.random(in: 0..<3, using: &random))
        try await store.write(tenant) { scope in
            let record = try #require(try scope.order(id))
            let identifiers = EventIdentifiers(
                newEvent: { EventID(UUID()) }, newDelivery: { DeliveryID(UUID()) })
            let status = record.order.status.next.first ?? .refunded
            let shipping = Order.Shipping(carrier: "USPS", tracking: "\(next)\(now.milliseconds)", status: "In Transit")
            try scope.apply(
                Order.Report(next == 0 ? status : .shipped, shipping: shipping), to: record, at: now,
                identifiers: identifiers)
        }
    }

    private mutating func claim() async throws {
        let now = now
        let plan = try await store.systemRead {
            try $0.planDeliveries(in: DeliverySlots(total: 64), limit: 8, at: now)
        }
        for (tenant, claims) in plan.claims {
            held += try await store.write(tenant) {
                try $0.claimDeliveries(claims, at: now, leaseExpiresAt: now + .seconds(60)).deliveries
            }
        }
    }

    private mutating func record(_ delivery: ClaimedDelivery, as verdict: DeliveryPolicy.Verdict? = nil) async throws {
        let verdicts: [DeliveryPolicy.Verdict] = [.succeeded, .failed, .retry(at: now + .seconds(60))]
        guard let verdict = verdict ?? verdicts.randomElement(using: &random) else { return }
        let attempt = Delivery.Attempt(
            at: now, duration: .zero, statusCode: verdict == .succeeded ? 200 : 500, error: nil, response: [])
        let now = now
        try await store.write(delivery.tenant) { scope in
            _ = try scope.record(
                [AttemptResult(delivery: delivery, attempt: attempt, verdict: verdict)], at: now, identifiers: .random)
        }
    }

    private mutating func redeliver() async throws {
        guard let (tenant, id) = orders.randomElement(using: &random) else { return }
        let (now, choice) = (now, Int.random(in: 0..<100, using: &random))
        try await store.write(tenant) { scope in
            var filter = DeliveryFilter()
            filter.orderID = id
            let listed = try scope.deliveries(filter, page: PageRequest(page: 1, perPage: 100)).items
            guard !listed.isEmpty else { return }
            let delivery = listed[choice % listed.count]
            let result = try scope.redeliver(delivery.id, at: now)
            #expect(result == (delivery.status == .pending ? .pending : .started))
        }
    }

    private mutating func restart() async throws {
        held = []
        let now = now
        try await store.systemWrite { try $0.releaseDeliveries(at: now) }
    }

    // MARK: Rows

    func rows() async throws -> [String: Row] {
        let rows = try await store.systemRead { scope in
            try scope.db.rows(
                "SELECT uuid, order_id, endpoint_id, status, due_at, completed_at FROM webhook_deliveries", []
            ) { row in
                (
                    try row.text(0),
                    Row(
                        queue: Row.Queue(order: try row.integer(1), endpoint: try row.integer(2)),
                        state: DeliveryState(rawValue: try row.text(3)), isDue: !row.isNull(4),
                        isCompleted: !row.isNull(5))
                )
            }
        }
        return Dictionary(rows) { first, _ in first }
    }
}
