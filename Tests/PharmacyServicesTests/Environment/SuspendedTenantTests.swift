import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Background work of suspended tenants", .timeLimit(.minutes(3)))
struct SuspendedTenantTests {
    private static let hook = "http://127.0.0.1:9/hook"

    private func set(_ status: Tenant.Status, in installation: TestInstallation) async throws {
        let operations = OperatorService(
            environment: installation.environment,
            setupTokens: SetupTokens(fixed: nil), wipeEvery: .hours(24))
        _ = try await operations.setStatus(status, ofTenant: installation.tenant.name)
    }

    private func scripted(_ time: ManualClock) async throws -> (ScriptedPharmacySystem, TestInstallation) {
        let system = ScriptedPharmacySystem(time: time)
        return (system, try await TestInstallation(pharmacySystem: system, time: time))
    }

    @Test("Orders are not dispatched until the tenant is resumed")
    func dispatch() async throws {
        let (system, installation) = try await scripted(ManualClock())
        let dispatcher = OrderDispatcher(
            environment: installation.environment, systems: installation.systems, notifier: installation.notifier,
            logger: installation.logger)
        let order = try await installation.place(try await installation.order())
        try await set(.suspended, in: installation)
        // Due work would otherwise be searched again and again.
        #expect(try await dispatcher.dispatchDue() == nil)
        #expect(system.state.withLock(\.submitted).isEmpty)
        try await set(.active, in: installation)
        _ = try await dispatcher.dispatchDue()
        #expect(system.state.withLock(\.submitted) == [order])
        #expect(try await installation.order(order)["dispatch"]?["attempts"] == 1)
    }

    @Test("Pharmacies are not queried about orders until the tenant is resumed")
    func reconciliation() async throws {
        let (system, installation) = try await scripted(ManualClock())
        let id = try await installation.place(try await installation.order())
        let now = installation.time.now()
        try await installation.environment.store.write(installation.tenant.id) { scope in
            if let order = try scope.order(id) { try scope.setReconciliation(order, at: now) }
        }
        let reconciliation = OrderReconciliation(
            environment: installation.environment, reports: installation.reports, notifier: installation.notifier,
            logger: installation.logger)
        try await set(.suspended, in: installation)
        #expect(try await reconciliation.reconcileDue() == nil)
        #expect(system.state.withLock(\.asked).isEmpty)
        try await set(.active, in: installation)
        _ = try await reconciliation.reconcileDue()
        #expect(system.state.withLock(\.asked) == [id])
    }

    @Test("Webhooks are not delivered until the tenant is resumed, then in order, and count as no delay")
    func deliveries() async throws {
        let installation = try await TestInstallation()
        let order = try await installation.place(try await installation.order(webhookURLs: [Self.hook]))
        let slots = DeliverySlots(total: 64)
        let start = installation.time.now()
        let plan = try await installation.environment.store.systemRead {
            try $0.planDeliveries(in: slots, limit: 10, at: start)
        }
        #expect(!plan.claims.isEmpty)
        try await set(.suspended, in: installation)
        // What was planned before is not claimed any more.
        for (tenant, claims) in plan.claims {
            let claimed = try await installation.environment.store.write(tenant) {
                try $0.claimDeliveries(claims, at: start, leaseExpiresAt: start + ServiceLimits.deliveryLease)
            }
            #expect(claimed.deliveries.isEmpty && claimed.unreadable == 0)
        }
        installation.time.advance(by: .hours(1))
        let now = installation.time.now()
        let claimed = try await installation.claimDeliveries(in: slots, limit: 10, at: now)
        #expect(claimed.deliveries.isEmpty)
        #expect(claimed.next == nil)
        #expect(try await installation.environment.store.systemRead { try $0.longestDueDelivery(at: now) } == nil)
        // What happens meanwhile is stored.
        _ = try await installation.controls.advance(
            order, to: .confirmed, tenant: installation.tenant)
        try await set(.active, in: installation)
        #expect(try await installation.environment.store.systemRead { try $0.longestDueDelivery(at: now) } == start)
        let made = try await installation.endDueDeliveries(as: .succeeded)
        #expect(made.map(\.type.rawValue) == ["order.created", "order.confirmed"])
    }

    @Test("Catalogs are not refreshed until the tenant is resumed")
    func catalogs() async throws {
        let time = ManualClock()
        let (system, installation) = try await scripted(time)
        _ = try await installation.pharmacies.medications(
            of: SimulatedPharmacies.all[1].id, page: PageRequest(page: 1, perPage: 25), filter: CatalogFilter(),
            tenant: installation.tenant)
        time.advance(by: ServiceLimits.catalogRefreshAge)
        try await set(.suspended, in: installation)
        try await installation.pharmacies.refreshCatalogs()
        #expect(system.state.withLock(\.fetches) == 1)
        try await set(.active, in: installation)
        try await installation.pharmacies.refreshCatalogs()
        #expect(system.state.withLock(\.fetches) == 2)
    }

    @Test("Simulated prescriptions do not advance until the tenant is resumed")
    func simulation() async throws {
        let installation = try await TestInstallation()
        let dispatcher = OrderDispatcher(
            environment: installation.environment, systems: installation.systems, notifier: installation.notifier,
            logger: installation.logger)
        let simulator = SandboxSimulator(
            environment: installation.environment, pace: .every(.seconds(5)), notifier: installation.notifier,
            logger: installation.logger)
        let order = try await installation.place(try await installation.order())
        _ = try await dispatcher.dispatchDue()
        try await set(.suspended, in: installation)
        #expect(try await simulator.advanceDue() == nil)
        installation.time.advance(by: .hours(1))
        #expect(try await simulator.advanceDue() == nil)
        #expect(try await installation.order(order)["status"] == "pending")
        try await set(.active, in: installation)
        #expect(try await simulator.advanceDue() == installation.time.now() + .seconds(5))
        #expect(try await installation.order(order)["status"] == "confirmed")
    }

    @Test(
        "Resuming a tenant wakes every service that skipped its work",
        arguments: [.dispatch, .deliveries, .simulation] as [StoreChannel])
    func wakes(channel: StoreChannel) async throws {
        let installation = try await TestInstallation()
        try await set(.suspended, in: installation)
        var notifications = installation.notifier.notifications(on: [channel]).makeAsyncIterator()
        try await set(.active, in: installation)
        #expect(await notifications.next() != nil)
    }
}
