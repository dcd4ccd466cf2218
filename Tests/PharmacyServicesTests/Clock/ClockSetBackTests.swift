import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("A clock that was fast and is set back", .timeLimit(.minutes(2)))
struct ClockSetBackTests {
    /// The hour by which the clock is fast and set back: longer than all work is postponed except wipes and refund checks.
    private static let lead = Duration.hours(1)

    /// Postponed work, whose due time was set by the fast clock.
    enum Work: String, CaseIterable, CustomTestStringConvertible {
        case dispatch = "an order that nobody has tried to dispatch"
        case postponedDispatch = "an order whose dispatch failed"
        case claimedDispatch = "an order whose dispatch broke off"
        case delivery = "a webhook"
        case retry = "a webhook that failed"
        case claimedDelivery = "a webhook whose attempt broke off"
        case simulation = "a sandbox order's next step"
        case reconciliation = "a question to the pharmacy"
        case refundWatch = "a question about a delivered order"
        case wipe = "the wipe of a sandbox"
        case job = "a claim on the nightly check"
        case quarantine = "a quarantined record"

        var testDescription: String { rawValue }

        /// The longest wait by the clock that was set back.
        var longest: Duration {
            switch self {
            case .dispatch, .delivery, .retry, .simulation, .quarantine, .job: .zero
            case .postponedDispatch, .claimedDispatch: ServiceLimits.dispatchLease
            case .reconciliation, .refundWatch: ServiceLimits.reconciliationLease
            // Until the end of every attempt that was in flight.
            case .claimedDelivery: ServiceLimits.longestClaim
            case .wipe: .hours(24)
            }
        }
    }

    private struct Fixture {
        let time = ManualClock()
        let system: ScriptedPharmacySystem
        let installation: TestInstallation
        let watch: ClockWatch
        let order: OrderID

        /// - Parameter isSimulated: whether the sandbox's simulated pharmacies receive the order.
        init(isSimulated: Bool) async throws {
            system = ScriptedPharmacySystem(time: time)
            installation = try await TestInstallation(pharmacySystem: isSimulated ? nil : system, time: time)
            watch = Self.watch(installation)
            try await watch.look()
            time.advance(by: ServiceLimits.longestClaim)
            try await watch.look()
            time.setWallClock(by: ClockSetBackTests.lead)
            try await watch.look()
            order = try await installation.place(
                try await installation.order(webhookURLs: ["http://127.0.0.1:9/hook"]))
        }

        static func watch(_ installation: TestInstallation) -> ClockWatch {
            ClockWatch(
                environment: installation.environment, database: nil,
                delays: LongestDelays(
                    retryDelay: DeliveryPolicy().retryDelay, reconciliation: ReconciliationPolicy(),
                    pace: .every(.seconds(5)), wipeEvery: .hours(24)), logger: installation.logger)
        }

        var store: Store { installation.environment.store }

        func dispatch() async throws {
            _ = try await OrderDispatcher(
                environment: installation.environment, systems: installation.systems, notifier: installation.notifier,
                logger: installation.logger
            ).dispatchDue()
        }

        func isAccepted() async throws -> Bool {
            try await dispatch()
            return try await installation.order(order)["dispatch"]?["status"] == "accepted"
        }

        func step() async throws {
            _ = try await SandboxSimulator(
                environment: installation.environment, pace: .every(.seconds(5)), notifier: installation.notifier,
                logger: installation.logger
            ).advanceDue()
        }

        func claimDeliveries() async throws -> [ClaimedDelivery] {
            try await installation.claimDeliveries(in: DeliverySlots(total: 64), limit: 10, at: time.now()).deliveries
        }

        func reconcile(at moment: Timestamp) async throws {
            let order = order
            try await store.write(installation.tenant.id) { scope in
                try scope.setReconciliation(try #require(try scope.order(order)), at: moment)
            }
        }

        func isReconciled() async throws -> Bool {
            let now = time.now()
            return try await store.systemRead {
                try !$0.planReconciliations(in: DispatchSlots(total: 8), limit: 8, at: now).lanes.isEmpty
            }
        }

        /// Postpones work by the present clock.
        func begin(_ work: Work) async throws {
            let now = time.now()
            switch work {
            case .dispatch, .delivery: break
            case .postponedDispatch:
                system.state.withLock { $0.submissions = [.unavailable(PharmacySystemFailure(.connectionFailed))] }
                #expect(try await !isAccepted())
            case .claimedDispatch:
                let claimed = try await store.systemWrite(.claims) {
                    try $0.claimDispatches(limit: 4, at: now, leaseExpiresAt: now + ServiceLimits.dispatchLease)
                }
                #expect(claimed.count == 1)
            case .retry:
                let ended = try await installation.endDueDeliveries(
                    as: .retry(at: now + DeliveryPolicy().retryDelay))
                #expect(ended.count == 1)
            case .claimedDelivery: #expect(try await claimDeliveries().count == 1)
            case .simulation: #expect(try await isAccepted())
            case .reconciliation: try await reconcile(at: now + ReconciliationPolicy().after)
            case .refundWatch:
                _ = try await installation.controls.advance(
                    order, to: .delivered, tenant: installation.tenant)
                try await reconcile(at: now + ReconciliationPolicy.refundInterval)
            case .wipe: try await installation.controls.wipe(installation.tenant)
            case .job:
                let slot = now - .hours(2)
                let isClaimed = try await store.systemWrite(.claims) { scope in
                    try scope.register(.integrityCheck, after: slot - .days(1))
                    return try scope.claim(
                        .integrityCheck, at: slot, now: now, leaseExpiresAt: now + ServiceLimits.integrityLease)
                }
                #expect(isClaimed)
            case .quarantine:
                let failure = ItemFailure(QuarantinedItem.Key(.endpoint, "1", of: installation.tenant.id), .malformed)
                let item = try await store.systemWrite(.tenant(installation.tenant.id)) {
                    try $0.recordFailure(failure, at: now)
                }
                #expect(item?.tries == 1)
            }
        }

        /// Whether the work is done, or is due.
        func isDue(_ work: Work) async throws -> Bool {
            let now = time.now()
            let tenant = installation.tenant
            switch work {
            case .dispatch, .postponedDispatch, .claimedDispatch: return try await isAccepted()
            case .delivery, .retry, .claimedDelivery: return try await claimDeliveries().count == 1
            case .simulation:
                try await step()
                return try await installation.order(order)["status"] == "confirmed"
            case .reconciliation, .refundWatch: return try await isReconciled()
            case .wipe: return try await store.systemRead { try $0.tenant(identified: tenant.id)?.resetsAt } == now
            case .job:
                return try await store.systemRead {
                    try $0.isDue(.integrityCheck, at: now - .hours(2), now: now)
                }
            case .quarantine:
                return try await store.systemRead {
                    try $0.quarantinedItem(QuarantinedItem.Key(.endpoint, "1", of: tenant.id))?.nextTryAt == now
                }
            }
        }
    }

    /// The systems of the sandbox's simulated pharmacies.
    private static func isSimulated(_ work: Work) -> Bool {
        switch work {
        case .simulation, .refundWatch: true
        default: false
        }
    }

    @Test("Postponed work waits no longer than with a correct clock", arguments: Work.allCases)
    func setBack(_ work: Work) async throws {
        let fixture = try await Fixture(isSimulated: Self.isSimulated(work))
        try await fixture.begin(work)
        fixture.time.setWallClock(by: .zero - Self.lead)
        try await fixture.watch.look()
        if work.longest > .zero {
            fixture.time.advance(by: work.longest)
            if work == .claimedDelivery { try await fixture.watch.look() }
        }
        #expect(try await fixture.isDue(work))
    }

    @Test(
        "Postponed work is rescheduled when the clock was set back while no server ran",
        arguments: [Work.dispatch, .delivery, .simulation])
    func restart(_ work: Work) async throws {
        let fixture = try await Fixture(isSimulated: Self.isSimulated(work))
        try await fixture.begin(work)
        fixture.time.setWallClock(by: .zero - Self.lead)
        #expect(try await !fixture.isDue(work))
        try await Fixture.watch(fixture.installation).look()
        #expect(try await fixture.isDue(work))
    }

    @Test("An attempt in flight when the clock is set back counts, and is not repeated")
    func attemptUnderWay() async throws {
        let fixture = try await Fixture(isSimulated: false)
        let claimed = try await fixture.claimDeliveries()
        fixture.time.setWallClock(by: .zero - Self.lead)
        try await fixture.watch.look()
        #expect(try await fixture.claimDeliveries().isEmpty)
        let attempt = Delivery.Attempt(
            at: fixture.time.now(), duration: .zero, statusCode: 200, error: nil, response: [])
        try await fixture.store.write(fixture.installation.tenant.id) { scope in
            _ = try scope.record(
                claimed.map { AttemptResult(delivery: $0, attempt: attempt, verdict: .succeeded) }, at: attempt.at,
                identifiers: .random)
        }
        fixture.time.advance(by: ServiceLimits.longestClaim)
        try await fixture.watch.look()
        #expect(try await fixture.claimDeliveries().isEmpty)
        let listed = try await fixture.installation.webhooks.deliveries(
            DeliveryFilter(), page: PageRequest(page: 1, perPage: 15), tenant: fixture.installation.tenant)
        #expect(listed.items.map { $0["status"] } == ["succeeded"])
    }

    @Test(
        "Work that is due later is not rescheduled",
        arguments: [Work.retry, .postponedDispatch, .simulation, .quarantine])
    func untouched(_ work: Work) async throws {
        let fixture = try await Fixture(isSimulated: Self.isSimulated(work))
        // By the clock as it is now.
        try await Fixture.watch(fixture.installation).look()
        try await fixture.begin(work)
        try await Fixture.watch(fixture.installation).look()
        #expect(try await !fixture.isDue(work))
    }

    @Test("Work that quarantine has postponed stays postponed")
    func quarantined() async throws {
        let fixture = try await Fixture(isSimulated: false)
        try await fixture.begin(.quarantine)
        let later = fixture.time.now() + .minutes(20)
        try await fixture.store.systemWrite {
            _ = try $0.db.run("UPDATE orders SET dispatch_at = $1", [.integer(later.milliseconds)])
        }
        try await Fixture.watch(fixture.installation).look()
        #expect(try await !fixture.isAccepted())
        fixture.time.advance(by: .minutes(20))
        #expect(try await fixture.isAccepted())
    }

    @Test("Many deliveries are rescheduled in batches")
    func batches() async throws {
        let fixture = try await Fixture(isSimulated: false)
        try await fixture.store.systemWrite { scope in
            _ = try scope.db.run(
                """
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
                INSERT INTO webhook_deliveries
                    (tenant_id, uuid, order_id, event_id, endpoint_id, status, due_at, attempts, created_at)
                SELECT d.tenant_id, CAST(n.i AS TEXT), d.order_id, d.event_id, d.endpoint_id, d.status, d.due_at, 0,
                    d.created_at
                FROM webhook_deliveries d, n
                """, [])
        }
        fixture.time.setWallClock(by: .zero - Self.lead)
        try await fixture.watch.look()
        let now = fixture.time.now()
        let due = try await fixture.store.systemRead { scope in
            try scope.db.row(
                "SELECT COUNT(*) FROM webhook_deliveries WHERE due_at <= $1", [.integer(now.milliseconds)]
            ) { try $0.integer(0) }
        }
        #expect(due == 2_501)
    }
}
