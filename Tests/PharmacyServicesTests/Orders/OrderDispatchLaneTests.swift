import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Pharmacies that are slow, and workers that were stopped", .timeLimit(.minutes(3)))
struct OrderDispatchLaneTests {
    private struct Setting {
        let time = ManualTime()
        let system: ScriptedPharmacySystem
        let installation: TestInstallation

        init() async throws {
            system = ScriptedPharmacySystem(time: time)
            installation = try await TestInstallation(pharmacySystem: system, time: time)
        }

        func dispatcher() -> OrderDispatcher {
            OrderDispatcher(
                environment: installation.environment, systems: installation.systems, bells: installation.bells,
                logger: installation.logger)
        }

        func dispatchOf(_ id: OrderID, tenant: Tenant? = nil) async throws -> JSON? {
            let bytes = try await installation.orders.get(id, tenant: tenant ?? installation.tenant).bytes
            return try JSON.parse(bytes)["dispatch"]
        }
    }

    private static let slow = SimulatedPharmacies.all[0].id
    private static let quick = SimulatedPharmacies.all[1].id

    @Test("A pharmacy that does not answer holds up no order to another, and no other tenant's")
    func slowPharmacy() async throws {
        let setting = try await Setting()
        let other = try await setting.installation.addTenant("other")
        setting.system.state.withLock { $0.slowPharmacies = [Self.slow] }
        // More than a lane gets slots.
        var stuck: Set<OrderID> = []
        for _ in 1...80 {
            stuck.insert(try await setting.installation.place(as: setting.installation.tenant, pharmacy: Self.slow))
        }
        let sibling = try await setting.installation.place(as: setting.installation.tenant, pharmacy: Self.quick)
        let stranger = try await setting.installation.place(as: other, pharmacy: Self.quick)
        let dispatcher = setting.dispatcher()
        let placed = stuck
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await dispatcher.run()
                return false
            }
            group.addTask {
                var waited: Set = [sibling, stranger]
                var seen: Set<OrderID> = []
                for await id in setting.system.arrivals {
                    seen.insert(id)
                    waited.remove(id)
                    if waited.isEmpty, !seen.isDisjoint(with: placed) { break }
                }
                let held = setting.system.state.withLock(\.waitingSubmissions.count)
                #expect(held < 80, "a slow pharmacy gets some slots, and not all that it could take")
                setting.system.letSubmissionsGo()
                var left = placed.subtracting(seen)
                for await id in setting.system.arrivals where !left.isEmpty {
                    left.remove(id)
                    if left.isEmpty { break }
                }
                return true
            }
            while let isDone = try await group.next(), !isDone {}
            setting.system.letSubmissionsGo()
            group.cancelAll()
        }
        let submitted = setting.system.state.withLock(\.submitted)
        #expect(submitted.count == 82 && Set(submitted).count == 82, "each was submitted once")
    }

    @Test("Orders that an older program placed get a lane, and are dispatched")
    func unassigned() async throws {
        let setting = try await Setting()
        let id = try await setting.installation.place(as: setting.installation.tenant)
        try await setting.installation.environment.store.systemWrite {
            _ = try $0.db.run("UPDATE orders SET dispatch_lane = 0", [])
        }
        #expect(try await setting.dispatcher().dispatchDue() == nil)
        #expect(try await setting.dispatchOf(id)?["status"] == "accepted")
    }

    @Test("Each try carries a higher fencing token")
    func tokens() async throws {
        let setting = try await Setting()
        let id = try await setting.installation.place(as: setting.installation.tenant)
        setting.system.state.withLock { $0.submissions = [.unavailable(PharmacySystemFailure(.timedOut))] }
        _ = try await setting.dispatcher().dispatchDue()
        setting.time.advance(by: .seconds(1))
        _ = try await setting.dispatcher().dispatchDue()
        #expect(setting.system.state.withLock(\.fencingTokens) == [1, 2])
        #expect(try await setting.dispatchOf(id)?["status"] == "accepted")
    }

    @Test("Where the pharmacy has seen a later claim, nothing is known of the order here, and nothing changes")
    func superseded() async throws {
        let setting = try await Setting()
        let id = try await setting.installation.place(as: setting.installation.tenant)
        let before = try await setting.installation.order(id)
        setting.system.state.withLock { $0.submissions = [.superseded] }
        #expect(try await setting.dispatcher().dispatchDue() == setting.time.now() + ServiceLimits.dispatchLease)
        #expect(try await setting.installation.order(id) == before)
        setting.time.advance(by: ServiceLimits.dispatchLease)
        #expect(try await setting.dispatcher().dispatchDue() == nil)
        #expect(try await setting.dispatchOf(id)?["status"] == "accepted")
    }

    @Test(
        "A worker whose claim cannot outlast the call does not make it, whatever the wall clock says",
        arguments: [Duration.zero, .seconds(-3_600)])
    func lostLease(step: Duration) async throws {
        let setting = try await Setting()
        let id = try await setting.installation.place(as: setting.installation.tenant)
        let start = setting.time.now()
        setting.system.state.withLock { state in
            // The first call takes so long, or the process was stopped in it.
            state.patientTakes = .seconds(15)
            state.clockStep = step
        }
        _ = try await setting.dispatcher().dispatchDue()
        #expect(setting.system.state.withLock(\.submitted).isEmpty)
        #expect(try await setting.dispatchOf(id)?["attempts"] == 0)
        setting.system.state.withLock { state in
            state.patientTakes = .zero
            state.clockStep = .zero
        }
        setting.time.setWallClock(by: (start + ServiceLimits.dispatchLease).since(setting.time.now()))
        _ = try await setting.dispatcher().dispatchDue()
        #expect(setting.system.state.withLock(\.fencingTokens) == [2])
        #expect(try await setting.dispatchOf(id)?["status"] == "accepted")
    }

    @Test("What comes of a claim that another worker has taken over changes nothing")
    func lateResult() async throws {
        let setting = try await Setting()
        let id = try await setting.installation.place(as: setting.installation.tenant, pharmacy: Self.slow)
        setting.system.state.withLock { state in
            state.slowPharmacies = [Self.slow]
            state.submissions = [.refused(reason: "No such prescriber.")]
        }
        let (dispatcher, time) = (setting.dispatcher(), setting.time)
        async let late = dispatcher.dispatchDue()
        for await _ in setting.system.arrivals { break }
        time.advance(by: ServiceLimits.dispatchLease)
        let now = time.now()
        let claimed = try await setting.installation.environment.store.systemWrite(.claims) {
            try $0.claimDispatches(limit: 1, at: now, leaseEnds: now + ServiceLimits.dispatchLease)
        }
        #expect(claimed.map(\.attempts) == [2])
        let before = try await setting.installation.order(id)
        setting.system.letSubmissionsGo()
        #expect(try await late == now + ServiceLimits.dispatchLease)
        #expect(try await setting.installation.order(id) == before)
        #expect(before["status"] == "pending")
    }

    @Test("What a pharmacy says under a claim that was lost does not move the next question")
    func lateReconciliation() async throws {
        let setting = try await Setting()
        let id = try await setting.installation.place(as: setting.installation.tenant)
        _ = try await setting.dispatcher().dispatchDue()
        let now = setting.time.now()
        let store = setting.installation.environment.store
        try await store.systemWrite {
            _ = try $0.db.run("UPDATE orders SET reconcile_at = $1", [.integer(now.milliseconds)])
        }
        func claim(at now: Timestamp) async throws -> DueReconciliation {
            let claimed = try await store.systemWrite(.claims) { scope in
                let plan = try scope.planReconciliations(in: DispatchSlots(total: 8), limit: 1, at: now)
                return try scope.claimReconciliations(plan, at: now, leaseEnds: now + .seconds(24)).claims
            }
            return try #require(claimed.first)
        }
        let first = try await claim(at: now)
        let second = try await claim(at: now + .seconds(24))
        #expect(first.order == id && second.order == id)
        let tenant = setting.installation.tenant.id
        #expect(try await store.write(tenant) { try $0.order(claimedBy: first) == nil })
        #expect(try await store.write(tenant) { try $0.order(claimedBy: second) != nil })
    }
}
