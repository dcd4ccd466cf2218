import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Pharmacies that are slow, and workers that were stopped", .timeLimit(.minutes(3)))
struct OrderDispatchLaneTests {
    private struct Fixture {
        let time = ManualClock()
        let system: ScriptedPharmacySystem
        let installation: TestInstallation

        init() async throws {
            system = ScriptedPharmacySystem(time: time)
            installation = try await TestInstallation(pharmacySystem: system, time: time)
        }

        func dispatcher() -> OrderDispatcher {
            OrderDispatcher(
                environment: installation.environment, systems: installation.systems, notifier: installation.notifier,
                logger: installation.logger)
        }

        func dispatchOf(_ id: OrderID, tenant: Tenant? = nil) async throws -> JSON? {
            let bytes = try await installation.orders.get(id, tenant: tenant ?? installation.tenant).bytes
            return try JSON.parse(bytes)["dispatch"]
        }
    }

    private static let slow = SimulatedPharmacies.all[0].id
    private static let quick = SimulatedPharmacies.all[1].id

    @Test("A pharmacy that does not respond delays neither other pharmacies' nor other tenants' orders")
    func slowPharmacy() async throws {
        let fixture = try await Fixture()
        let other = try await fixture.installation.addTenant("other")
        fixture.system.state.withLock { $0.slowPharmacies = [Self.slow] }
        // More than a lane gets slots.
        var stuck: Set<OrderID> = []
        for _ in 1...80 {
            stuck.insert(try await fixture.installation.place(as: fixture.installation.tenant, pharmacy: Self.slow))
        }
        let sibling = try await fixture.installation.place(as: fixture.installation.tenant, pharmacy: Self.quick)
        let stranger = try await fixture.installation.place(as: other, pharmacy: Self.quick)
        let dispatcher = fixture.dispatcher()
        let placed = stuck
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await dispatcher.run()
                return false
            }
            group.addTask {
                var waited: Set = [sibling, stranger]
                var seen: Set<OrderID> = []
                for await id in fixture.system.arrivals {
                    seen.insert(id)
                    waited.remove(id)
                    if waited.isEmpty, !seen.isDisjoint(with: placed) { break }
                }
                let held = fixture.system.state.withLock(\.waitingSubmissions.count)
                #expect(held < 80, "a slow pharmacy gets some slots, and not all that it could take")
                fixture.system.releaseSubmissions()
                var left = placed.subtracting(seen)
                for await id in fixture.system.arrivals where !left.isEmpty {
                    left.remove(id)
                    if left.isEmpty { break }
                }
                return true
            }
            while let isDone = try await group.next(), !isDone {}
            fixture.system.releaseSubmissions()
            group.cancelAll()
        }
        let submitted = fixture.system.state.withLock(\.submitted)
        #expect(submitted.count == 82 && Set(submitted).count == 82, "each was submitted once")
    }

    @Test("Orders that an older program placed get a lane, and are dispatched")
    func unassigned() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.installation.place(as: fixture.installation.tenant)
        try await fixture.installation.environment.store.systemWrite {
            _ = try $0.db.run("UPDATE orders SET dispatch_lane = 0", [])
        }
        #expect(try await fixture.dispatcher().dispatchDue() == nil)
        #expect(try await fixture.dispatchOf(id)?["status"] == "accepted")
    }

    @Test("Each attempt has a higher fencing token")
    func tokens() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.installation.place(as: fixture.installation.tenant)
        fixture.system.state.withLock { $0.submissions = [.unavailable(PharmacySystemFailure(.timedOut))] }
        _ = try await fixture.dispatcher().dispatchDue()
        fixture.time.advance(by: .seconds(1))
        _ = try await fixture.dispatcher().dispatchDue()
        #expect(fixture.system.state.withLock(\.fencingTokens) == [1, 2])
        #expect(try await fixture.dispatchOf(id)?["status"] == "accepted")
    }

    @Test("If the pharmacy has seen a later fencing token, an attempt has no result and changes nothing")
    func superseded() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.installation.place(as: fixture.installation.tenant)
        let before = try await fixture.installation.order(id)
        fixture.system.state.withLock { $0.submissions = [.superseded] }
        #expect(try await fixture.dispatcher().dispatchDue() == fixture.time.now() + ServiceLimits.dispatchLease)
        #expect(try await fixture.installation.order(id) == before)
        fixture.time.advance(by: ServiceLimits.dispatchLease)
        #expect(try await fixture.dispatcher().dispatchDue() == nil)
        #expect(try await fixture.dispatchOf(id)?["status"] == "accepted")
    }

    @Test(
        "A worker whose claim may expire during the request does not send it, whatever the wall clock shows",
        arguments: [Duration.zero, .seconds(-3_600)])
    func lostLease(step: Duration) async throws {
        let fixture = try await Fixture()
        let id = try await fixture.installation.place(as: fixture.installation.tenant)
        let start = fixture.time.now()
        fixture.system.state.withLock { state in
            // The first call takes so long, or the process was stopped in it.
            state.patientTakes = .seconds(15)
            state.clockStep = step
        }
        _ = try await fixture.dispatcher().dispatchDue()
        #expect(fixture.system.state.withLock(\.submitted).isEmpty)
        #expect(try await fixture.dispatchOf(id)?["attempts"] == 0)
        fixture.system.state.withLock { state in
            state.patientTakes = .zero
            state.clockStep = .zero
        }
        fixture.time.setWallClock(by: (start + ServiceLimits.dispatchLease).since(fixture.time.now()))
        _ = try await fixture.dispatcher().dispatchDue()
        #expect(fixture.system.state.withLock(\.fencingTokens) == [2])
        #expect(try await fixture.dispatchOf(id)?["status"] == "accepted")
    }

    @Test("The result of a claim that another worker has replaced changes nothing")
    func lateResult() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.installation.place(as: fixture.installation.tenant, pharmacy: Self.slow)
        fixture.system.state.withLock { state in
            state.slowPharmacies = [Self.slow]
            state.submissions = [.refused(reason: "No such prescriber.")]
        }
        let (dispatcher, time) = (fixture.dispatcher(), fixture.time)
        async let late = dispatcher.dispatchDue()
        for await _ in fixture.system.arrivals { break }
        time.advance(by: ServiceLimits.dispatchLease)
        let now = time.now()
        let claimed = try await fixture.installation.environment.store.systemWrite(.claims) {
            try $0.claimDispatches(limit: 1, at: now, leaseExpiresAt: now + ServiceLimits.dispatchLease)
        }
        #expect(claimed.map(\.attempts) == [2])
        let before = try await fixture.installation.order(id)
        fixture.system.releaseSubmissions()
        #expect(try await late == now + ServiceLimits.dispatchLease)
        #expect(try await fixture.installation.order(id) == before)
        #expect(before["status"] == "pending")
    }

    @Test("A response under a lost claim does not move the next query")
    func lateReconciliation() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.installation.place(as: fixture.installation.tenant)
        _ = try await fixture.dispatcher().dispatchDue()
        let now = fixture.time.now()
        let store = fixture.installation.environment.store
        try await store.systemWrite {
            _ = try $0.db.run("UPDATE orders SET reconcile_at = $1", [.integer(now.milliseconds)])
        }
        func claim(at now: Timestamp) async throws -> ClaimedReconciliation {
            let claimed = try await store.systemWrite(.claims) { scope in
                let plan = try scope.planReconciliations(in: DispatchSlots(total: 8), limit: 1, at: now)
                return try scope.claimReconciliations(plan, at: now, leaseExpiresAt: now + .seconds(24)).claims
            }
            return try #require(claimed.first)
        }
        let first = try await claim(at: now)
        let second = try await claim(at: now + .seconds(24))
        #expect(first.order == id && second.order == id)
        let tenant = fixture.installation.tenant.id
        #expect(try await store.write(tenant) { try $0.order(claimedBy: first) == nil })
        #expect(try await store.write(tenant) { try $0.order(claimedBy: second) != nil })
    }
}
