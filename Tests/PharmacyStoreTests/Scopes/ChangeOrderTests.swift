import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Synchronization
import Testing

@testable import PharmacyStore

/// Patients and orders of one tenant, written without the verbs and with manual clocks.
private struct Fixture: Sendable {
    let database: TestDatabase
    let store: Store
    let tenant: TenantID
    static let start = Timestamp(milliseconds: 1_700_000_000_000)
    private static let key = [UInt8](repeating: 7, count: 32)

    init(_ engine: TestDatabase.Engine) async throws {
        database = try TestDatabase(on: engine)
        store = try await Fixture.open(database)
        let tenant = Tenant(
            id: TenantID(UUID()), name: "acme", kind: .sandbox, status: .active, createdAt: Fixture.start, resetsAt: nil
        )
        try await store.systemWrite {
            try $0.createTenant(tenant, dataKey: [UInt8](repeating: 9, count: 32), webhookSecret: "whsec_acme")
        }
        self.tenant = tenant.id
    }

    static func open(_ database: TestDatabase) async throws -> Store {
        try await Store(engine: database.open(), masterKey: .fixed(key), now: start)
    }

    static func details(_ email: String = "jane.doe@example.com") throws -> PatientDetails {
        try PatientDetails(parsing: TestInstallation.patient(email: email), today: CalendarDate(start))
    }

    /// - Parameter now: the time of the node's clock.
    func addPatient(at now: Timestamp, on node: Store? = nil) async throws -> Patient {
        let details = try Fixture.details()
        return try await (node ?? store).write(tenant) { scope in
            let stamp = try scope.stamp(at: now)
            let patient = Patient(id: PatientID(UUID()), details: details, createdAt: stamp, updatedAt: stamp)
            try scope.insertPatient(patient)
            return patient
        }
    }

    func addOrder(for patient: Patient, at now: Timestamp, on node: Store? = nil) async throws -> Order {
        let body: JSON = [
            "patient_id": .string(patient.id.description),
            "pharmacy_id": .string(SimulatedPharmacies.all[0].id.description), "medication_id": "m",
            "dispense_quantity": 4,
        ]
        let draft = try OrderDraft(parsing: body, egress: EgressPolicy(tenant: .sandbox, servedOnLoopback: true))
        return try await (node ?? store).write(tenant) { scope in
            let (order, event) = Order.placed(
                id: OrderID(UUID()), eventID: EventID(UUID()), terms: draft.terms, medication: .sample,
                at: try scope.stamp(at: now))
            try scope.insertOrder(
                order, patient: patient, event: event, dispatchAt: now,
                newID: { DeliveryID(UUID()) })
            return order
        }
    }

    func cancel(_ order: Order, at now: Timestamp, on node: Store? = nil) async throws -> Order {
        try await (node ?? store).write(tenant) { scope in
            guard let record = try scope.order(order.id) else { throw StoreError.broken("an order is missing") }
            let (next, events) = record.order.applying(
                [Order.Report(.cancelled)], at: try scope.stamp(at: now), newEventID: { EventID(UUID()) })
            try scope.updateOrder(
                record, to: next, events: events, dueAt: now,
                newID: { DeliveryID(UUID()) })
            return next
        }
    }

    /// The first page of changes at or after a time: ids, oldest change first, and the newest time among them.
    func patients(since moment: Timestamp) async throws -> (ids: [String], newest: Timestamp?) {
        var filter = PatientFilter()
        filter.updatedSince = moment
        let wanted = filter
        return try await page { try $0.patientRepresentations(wanted, page: Fixture.page).items }
    }

    func orders(since moment: Timestamp) async throws -> (ids: [String], newest: Timestamp?) {
        var filter = OrderFilter()
        filter.updatedSince = moment
        let wanted = filter
        return try await page { try $0.orderRepresentations(wanted, page: Fixture.page).items }
    }

    static let page = PageRequest(page: 1, perPage: PageRequest.maximumPerPage)

    private func page(
        _ list: @escaping @Sendable (TenantScope) throws -> [Representation]
    ) async throws -> (ids: [String], newest: Timestamp?) {
        let documents = try await store.read(tenant, list).map { try JSON.parse($0.bytes) }
        return (
            documents.compactMap { $0["uuid"]?.text },
            documents.last?["updated_at"]?.text.flatMap(Timestamp.init)
        )
    }
}

@Suite("The order of changes", .timeLimit(.minutes(3)))
struct ChangeOrderTests {
    @Test(
        "A change that commits later never carries an earlier time, whatever the clocks of two nodes say",
        arguments: TestDatabase.engines)
    func clocks(engine: TestDatabase.Engine) async throws {
        let fixture = try await Fixture(engine)
        let late = try await Fixture.open(fixture.database)
        let start = Fixture.start
        let ahead = start + .minutes(2)
        let first = try await fixture.addPatient(at: ahead)
        #expect(first.createdAt == ahead)
        // A node whose clock is two minutes slow, and a write whose time was taken before the other's.
        let second = try await fixture.addPatient(at: start, on: late)
        #expect(second.createdAt == ahead && second.updatedAt == ahead)
        let order = try await fixture.addOrder(for: second, at: start + .seconds(1), on: late)
        #expect(order.createdAt == ahead)
        #expect(order.history.map(\.at) == [ahead])
        #expect(try await fixture.patients(since: ahead).ids == [first.id.description, second.id.description])
        #expect(try await fixture.orders(since: ahead).ids == [order.id.description])

        // The newest change comes last, also at the same time.
        let changed = try await late.write(fixture.tenant) { try $0.updatePatient(first, at: start) }
        #expect(changed.updatedAt == ahead)
        #expect(try await fixture.patients(since: ahead).ids == [second.id.description, first.id.description])
        let other = try await fixture.addOrder(for: second, at: ahead + .seconds(5))
        #expect(other.createdAt == ahead + .seconds(5))
        let cancelled = try await fixture.cancel(order, at: start, on: late)
        #expect(cancelled.updatedAt == ahead + .seconds(5))
        #expect(cancelled.history.map(\.at).last == ahead + .seconds(5))
        #expect(
            try await fixture.orders(since: ahead + .seconds(5)).ids == [other.id.description, order.id.description])

        // A deletion is a change like another, and so is what comes after it.
        #expect(
            try await fixture.store.write(fixture.tenant) { try $0.deletePatient(first.id, at: ahead + .seconds(9)) })
        #expect(try await fixture.addPatient(at: start, on: late).updatedAt == ahead + .seconds(9))
        await late.close()
        await fixture.store.close()
    }

    @Test("Due times follow the node's clock, not the time of a change", arguments: TestDatabase.engines)
    func due(engine: TestDatabase.Engine) async throws {
        let fixture = try await Fixture(engine)
        let patient = try await fixture.addPatient(at: Fixture.start + .minutes(2))
        let order = try await fixture.addOrder(for: patient, at: Fixture.start)
        #expect(order.createdAt == Fixture.start + .minutes(2))
        let due = try await fixture.store.systemRead {
            try $0.planDispatches(in: DispatchSlots(total: 8), limit: 1, at: Fixture.start - .seconds(1)).next
        }
        #expect(due == Fixture.start)
        await fixture.store.close()
    }

    @Test("A plan contains the next due time, and a claim whether there is more", arguments: TestDatabase.engines)
    func later(engine: TestDatabase.Engine) async throws {
        let fixture = try await Fixture(engine)
        let patient = try await fixture.addPatient(at: Fixture.start)
        for seconds in [0, 0, 0, 9] {
            _ = try await fixture.addOrder(for: patient, at: Fixture.start + .seconds(seconds))
        }
        func claim(_ slots: DispatchSlots, limit: Int) async throws -> PlannedClaims<ClaimedDispatch> {
            try await fixture.store.systemWrite(.claims) { scope in
                let plan = try scope.planDispatches(in: slots, limit: limit, at: Fixture.start)
                #expect(plan.next == Fixture.start + .seconds(9))
                return try scope.claimDispatches(
                    plan, at: Fixture.start, leaseExpiresAt: Fixture.start + .seconds(24))
            }
        }
        let some = try await claim(DispatchSlots(total: 64), limit: 2)
        #expect(some.claims.count == 2 && some.mayHaveMore && !some.isShort)
        let last = try await claim(DispatchSlots(total: 64), limit: 2)
        #expect(last.claims.count == 1 && !last.isShort)
        await fixture.store.close()
    }

    @Test("A plan reports that orders wait for slots", arguments: TestDatabase.engines)
    func short(engine: TestDatabase.Engine) async throws {
        let fixture = try await Fixture(engine)
        let patient = try await fixture.addPatient(at: Fixture.start)
        for seconds in [0, 0, 9] {
            _ = try await fixture.addOrder(for: patient, at: Fixture.start + .seconds(seconds))
        }
        let (claimed, plan) = try await fixture.store.systemWrite(.claims) { scope in
            let plan = try scope.planDispatches(in: DispatchSlots(total: 1), limit: 8, at: Fixture.start)
            let claimed = try scope.claimDispatches(
                plan, at: Fixture.start, leaseExpiresAt: Fixture.start + .seconds(24))
            var slots = DispatchSlots(total: 1)
            for claim in claimed.claims { slots.begin(claim.lane) }
            return (claimed, try scope.planDispatches(in: slots, limit: 8, at: Fixture.start))
        }
        #expect(claimed.claims.count == 1 && claimed.isShort)
        #expect(plan.lanes.isEmpty && plan.isShort)
        // Orders that are due later in a lane without free slots are not forgotten, either.
        #expect(plan.next == Fixture.start + .seconds(9))
        await fixture.store.close()
    }

    @Test(
        "A change that carries an earlier time than the newest is refused", arguments: TestDatabase.engines)
    func unstamped(engine: TestDatabase.Engine) async throws {
        let fixture = try await Fixture(engine)
        _ = try await fixture.addPatient(at: Fixture.start)
        let details = try Fixture.details()
        let moment = Fixture.start - .milliseconds(1)
        let unstamped = Patient(id: PatientID(UUID()), details: details, createdAt: moment, updatedAt: moment)
        await #expect(throws: StoreError.self) {
            try await fixture.store.write(fixture.tenant) { try $0.insertPatient(unstamped) }
        }
        #expect(try await fixture.store.read(fixture.tenant) { try $0.patientCount() } == 1)
        await fixture.store.close()
    }

    @Test(
        "A query for changes since the newest known time misses nothing, however many write at once",
        arguments: TestDatabase.engines)
    func poller(engine: TestDatabase.Engine) async throws {
        let fixture = try await Fixture(engine)
        let (writers, changes) = (6, 25)
        let writing = Writing()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for writer in 0..<writers {
                        group.addTask {
                            var generator = SeededGenerator(seed: UInt64(writer))
                            for _ in 0..<changes {
                                // Drawn before the write has its turn, by clocks that differ by up to six seconds.
                                let tick = writing.ticks.add(1, ordering: .relaxed).newValue
                                let drift = Int.random(in: -3...3, using: &generator)
                                let now = Fixture.start + .seconds(tick + drift)
                                let patient = try await fixture.addPatient(at: now)
                                let order = try await fixture.addOrder(for: patient, at: now)
                                writing.written.withLock {
                                    $0.formUnion([patient.id.description, order.id.description])
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                writing.isOver.store(true, ordering: .releasing)
            }
            group.addTask {
                var (patients, orders) = (Poller(), Poller())
                var isLast = false
                while !isLast {
                    isLast = writing.isOver.load(ordering: .acquiring)
                    repeat {} while try await patients.poll({ try await fixture.patients(since: $0) })
                    repeat {} while try await orders.poll({ try await fixture.orders(since: $0) })
                }
                let expected = writing.written.withLock(\.self)
                #expect(patients.seen.union(orders.seen) == expected)
                #expect(patients.seen.count == writers * changes && orders.seen.count == writers * changes)
            }
            try await group.waitForAll()
        }
        await fixture.store.close()
    }

    /// The results of the writers.
    private final class Writing: Sendable {
        /// Seconds that have passed.
        let ticks = Atomic(0)
        /// The ids of what was committed.
        let written = Mutex<Set<String>>([])
        let isOver = Atomic(false)
    }

    /// A partner that stores the newest time that it received.
    private struct Poller {
        private(set) var seen: Set<String> = []
        private var since = Timestamp(milliseconds: 0)

        /// - Returns: whether there may be more.
        mutating func poll(
            _ list: (Timestamp) async throws -> (ids: [String], newest: Timestamp?)
        ) async throws -> Bool {
            let (ids, newest) = try await list(since)
            let hasNews = !seen.isSuperset(of: ids)
            seen.formUnion(ids)
            if let newest { since = newest }
            return hasNews
        }
    }

    // MARK: Numbers

    private struct Refused: Error {}

    private func numbers(_ fixture: Fixture) async throws -> [[Int64]] {
        try await fixture.store.read(fixture.tenant) { scope in
            try [
                "SELECT change_sequence FROM patients ORDER BY id", "SELECT change_sequence FROM orders ORDER BY id",
                "SELECT tenant_sequence FROM order_events ORDER BY id",
            ].map { try scope.db.rows($0, []) { try $0.integer(0) } }
        }
    }

    @Test(
        "Changes are numbered without a gap, also after one that was rolled back, and the number of patients is right",
        arguments: TestDatabase.engines)
    func rowIDSequence(engine: TestDatabase.Engine) async throws {
        let fixture = try await Fixture(engine)
        let first = try await fixture.addPatient(at: Fixture.start)
        let second = try await fixture.addPatient(at: Fixture.start)
        let order = try await fixture.addOrder(for: first, at: Fixture.start)
        await #expect(throws: Refused.self) {
            try await fixture.store.write(fixture.tenant) { scope in
                try scope.updatePatient(first, at: Fixture.start)
                #expect(try scope.deletePatient(second.id, at: Fixture.start))
                #expect(try scope.patientCount() == 1)
                throw Refused()
            }
        }
        _ = try await fixture.cancel(order, at: Fixture.start)
        _ = try await fixture.addOrder(for: first, at: Fixture.start)
        _ = try await fixture.store.write(fixture.tenant) { try $0.updatePatient(first, at: Fixture.start) }
        #expect(try await numbers(fixture) == [[3, 2], [2, 3], [1, 2, 3]])
        #expect(try await fixture.store.read(fixture.tenant) { try $0.patientCount() } == 2)
        let deletions = try await fixture.store.write(fixture.tenant) { scope in
            try [first.id, first.id, second.id].map { try scope.deletePatient($0, at: Fixture.start) }
        }
        #expect(deletions == [true, false, true])
        #expect(try await fixture.store.read(fixture.tenant) { try $0.patientCount() } == 0)
        await fixture.store.close()
    }

    @Test(
        "No number is used twice, not even after the newest events are removed, or after a wipe",
        arguments: TestDatabase.engines)
    func floors(engine: TestDatabase.Engine) async throws {
        let fixture = try await Fixture(engine)
        let patient = try await fixture.addPatient(at: Fixture.start + .minutes(5))
        for _ in 0..<3 { _ = try await fixture.addOrder(for: patient, at: Fixture.start) }
        let all = try await fixture.store.systemRead {
            try $0.expiredEvents(before: Fixture.start + .hours(1), limit: 10)
        }
        for expired in all {
            _ = try await fixture.store.systemWrite(.tenant(fixture.tenant)) { try $0.remove(expired) }
        }
        #expect(try await numbers(fixture) == [[1], [1, 2, 3], []])
        #expect(try await fixture.store.read(fixture.tenant) { try $0.latestEventPosition() } == 3)
        _ = try await fixture.addOrder(for: patient, at: Fixture.start)
        #expect(try await numbers(fixture) == [[1], [1, 2, 3, 4], [4]])

        try await fixture.store.write(fixture.tenant) {
            try $0.wipe(
                dataKey: [UInt8](repeating: 8, count: 32), webhookSecret: "whsec_new",
                resetsAt: Fixture.start + .hours(24), at: Fixture.start)
        }
        #expect(try await fixture.store.read(fixture.tenant) { try $0.patientCount() } == 0)
        #expect(try await fixture.store.read(fixture.tenant) { try $0.latestEventPosition() } == 4)
        let fresh = try await fixture.addPatient(at: Fixture.start)
        #expect(fresh.createdAt == Fixture.start + .minutes(5), "times go on, too")
        _ = try await fixture.addOrder(for: fresh, at: Fixture.start)
        #expect(try await numbers(fixture) == [[3], [5], [5]])
        #expect(try await fixture.store.read(fixture.tenant) { try $0.patientCount() } == 1)
        await fixture.store.close()
    }
}
