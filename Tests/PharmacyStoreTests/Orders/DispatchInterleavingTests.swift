import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("Claims, crashes, results and cancellations of orders in any order", .timeLimit(.minutes(5)))
struct DispatchInterleavingTests {
    /// The states that a state may lead to in one step, or in the two steps of an interruption and a claim.
    private static let ways: [DispatchState: Set<DispatchState>] = [
        .ready: [.sending, .withdrawn],
        .sending: [.accepted, .refused, .postponed, .uncertain, .resending, .withdrawn],
        .postponed: [.sending, .withdrawn],
        .uncertain: [.resending, .withdrawn],
        .resending: [.accepted, .refused, .uncertain, .withdrawn],
    ]

    @Test(
        "No order is lost or leaves its state machine, with two tenants", arguments: TestDatabase.engines,
        [1, 2, 3, 4] as [UInt64])
    func random(engine: TestDatabase.Engine, seed: UInt64) async throws {
        var run = try await DispatchRun(engine, seed: seed)
        var before = try await run.rows()
        for _ in 0..<80 {
            try await run.step()
            let after = try await run.rows()
            for (id, row) in after {
                let state = try #require(row.state, "a state that the machine does not have")
                let old = try #require(before[id]?.state)
                #expect(old == state || Self.ways[old]?.contains(state) == true, "\(old) led to \(state)")
                #expect(row.shown == state.shownStatus)
                #expect(row.isDue == (!state.isFinal && !row.isQuarantined))
                #expect(state != .ready || row.claims == 0)
            }
            before = after
        }
        try await run.finish()
        for row in try await run.rows().values { #expect(row.state?.isFinal == true && !row.isDue) }
        await run.store.close()
    }

    @Test("Two nodes that claim at once get different orders", arguments: TestDatabase.engines)
    func twoNodes(engine: TestDatabase.Engine) async throws {
        let run = try await DispatchRun(engine, seed: 0)
        let (store, now) = (run.store, run.now)
        let claims = try await withThrowingTaskGroup(of: [ClaimedDispatch].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await store.systemWrite(.claims) {
                        try $0.claimDispatches(limit: 2, at: now, leaseExpiresAt: now + .seconds(60))
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(!claims.isEmpty && Set(claims.map(\.order)).count == claims.count)
        #expect(claims.allSatisfy { $0.state == .sending && $0.attempts == 1 })
        await store.close()
    }

    @Test(
        "After a crash the row's state is that the order may have arrived, at a start and when the lease expires",
        arguments: TestDatabase.engines)
    func crash(engine: TestDatabase.Engine) async throws {
        let run = try await DispatchRun(engine, seed: 0)
        let (store, now) = (run.store, run.now)
        func claim(at moment: Timestamp) async throws -> [ClaimedDispatch] {
            try await store.systemWrite(.claims) {
                try $0.claimDispatches(limit: 10, at: moment, leaseExpiresAt: moment + .seconds(60))
            }
        }
        #expect(try await claim(at: now).allSatisfy { $0.state == .sending })
        #expect(try await run.rows().values.allSatisfy { $0.state == .sending })
        try await store.systemWrite { try $0.releaseDispatches(at: now) }
        #expect(try await run.rows().values.allSatisfy { $0.state == .uncertain && $0.isDue })
        #expect(try await claim(at: now).allSatisfy { $0.state == .resending && $0.attempts == 2 })
        #expect(try await claim(at: now).isEmpty)
        let again = try await claim(at: now + .seconds(60))
        #expect(again.count == 6 && again.allSatisfy { $0.state == .resending && $0.attempts == 3 })
        await store.close()
    }
}

/// Orders of two tenants, and workers that claim them, on a real store.
private struct DispatchRun {
    struct Row {
        let state: DispatchState?
        let shown: Order.Dispatch.Status
        let isDue: Bool
        let claims: Int64
        let isQuarantined: Bool
    }

    let store: Store
    private(set) var now = Timestamp(milliseconds: 1_700_000_000_000)
    private var random: SeededGenerator
    private var orders: [(tenant: TenantID, id: OrderID)] = []
    private var held: [ClaimedDispatch] = []

    init(_ engine: TestDatabase.Engine, seed: UInt64) async throws {
        random = SeededGenerator(seed: seed)
        store = try await TestDatabase(on: engine).store(.fixed([UInt8](repeating: 7, count: 32)), at: now)
        for name in ["acme", "beta"] {
            let tenant = Tenant(
                id: TenantID(UUID()), name: name, kind: .sandbox, status: .active, createdAt: now, resetsAt: nil)
            try await store.systemWrite {
                try $0.createTenant(tenant, dataKey: [UInt8](repeating: 9, count: 32), webhookSecret: "whsec_\(name)")
            }
            for _ in 0..<3 { orders.append((tenant.id, try await placed(for: tenant.id))) }
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
                clinicalNotes: nil, webhookURLs: [])
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
        case 0, 1, 2: try await claim(limit: Int.random(in: 1...4, using: &random))
        case 3, 4, 5: try await endOne()
        // A worker stops: nothing is ever recorded of its claims.
        case 6: held.removeAll { _ in Bool.random(using: &random) }
        case 7, 8: now = now + .seconds(Int.random(in: 1...90, using: &random))
        case 9: try await cancelOne()
        case 10: try await quarantineOne()
        default: try await restart()
        }
    }

    /// The pharmacy accepts everything from now on.
    mutating func finish() async throws {
        try await retryQuarantined()
        for _ in 0..<3 {
            now = now + .hours(24)
            held = []
            try await claim(limit: 10)
            for claim in held { try await record(claim, .accepted) }
        }
    }

    private mutating func claim(limit: Int) async throws {
        let now = now
        held += try await store.systemWrite(.claims) {
            try $0.claimDispatches(limit: limit, at: now, leaseExpiresAt: now + .seconds(60))
        }
    }

    private mutating func endOne() async throws {
        guard let index = held.indices.randomElement(using: &random) else { return }
        let ends: [DispatchState.AttemptEnd] = [
            .accepted, .refused, .unavailable(mayHaveArrived: true), .unavailable(mayHaveArrived: false),
        ]
        guard let end = ends.randomElement(using: &random) else { return }
        // Also one whose lease has expired, and that another worker may have claimed since.
        try await record(held.remove(at: index), end)
    }

    private func record(_ claim: ClaimedDispatch, _ end: DispatchState.AttemptEnd) async throws {
        let now = now
        try await store.write(claim.tenant) { scope in
            guard let record = try scope.order(claimedBy: claim), !record.dispatch.isFinal,
                let (state, action) = claim.state.ended(end)
            else { return }
            let dueAt = action == .scheduleRetry ? now + .seconds(2) : nil
            var order = record.order
            order.dispatch = order.dispatch.showing(state, attempts: claim.attempts, nextAttemptAt: dueAt)
            try scope.recordDispatch(record.with(order), as: state, dueAt: dueAt)
        }
    }

    private mutating func cancelOne() async throws {
        guard let (tenant, id) = orders.randomElement(using: &random) else { return }
        let pharmacyAgrees = Bool.random(using: &random)
        try await store.write(tenant) { scope in
            let record = try #require(try scope.order(id))
            let isAlone = try scope.needsDispatch(record)
            #expect(isAlone == (record.dispatch == .ready))
            if isAlone || pharmacyAgrees { _ = try scope.withdrawDispatch(of: record) }
        }
    }

    private mutating func quarantineOne() async throws {
        guard let claim = held.popLast() else { return try await retryQuarantined() }
        let now = now
        try await store.systemWrite(.tenant(claim.tenant)) { scope in
            let key = QuarantinedItem.Key(.dispatch, claim.order.description, of: claim.tenant)
            _ = try scope.recordFailure(ItemFailure(key, .undecryptable, claim: claim.leaseExpiresAt), at: now)
        }
    }

    private func retryQuarantined() async throws {
        let now = now
        try await store.systemWrite { scope in
            for item in try scope.quarantinedItems(limit: 100) { try scope.retryQuarantined(item, at: now) }
        }
    }

    private mutating func restart() async throws {
        held = []
        let now = now
        try await store.systemWrite { try $0.releaseDispatches(at: now) }
    }

    // MARK: Rows

    func rows() async throws -> [OrderID: Row] {
        var rows: [OrderID: Row] = [:]
        for (tenant, id) in orders {
            let found: Row = try await store.read(tenant) { scope in
                let record = try #require(try scope.order(id))
                let row = try scope.db.row(
                    """
                    SELECT dispatch_state, dispatch_at, dispatch_attempts, EXISTS (SELECT 1 FROM quarantined_items q
                        WHERE q.tenant_id = orders.tenant_id AND q.item = orders.uuid AND q.next_try_at IS NULL)
                    FROM orders WHERE tenant_id = $1 AND uuid = $2
                    """, [scope.tenantValue, .text(id.description)]
                ) { row in
                    Row(
                        state: DispatchState(rawValue: try row.text(0)), shown: record.order.dispatch.status,
                        isDue: !row.isNull(1), claims: try row.integer(2), isQuarantined: try row.integer(3) == 1)
                }
                return try #require(row)
            }
            rows[id] = found
        }
        return rows
    }
}
