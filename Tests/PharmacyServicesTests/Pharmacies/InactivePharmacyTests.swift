import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Pharmacies that are not listed", .timeLimit(.minutes(3)))
struct InactivePharmacyTests {
    /// Why a pharmacy is not listed.
    enum Cause: CaseIterable, Sendable {
        case inactive
        case unlisted
    }

    private struct Fixture {
        let time = ManualClock()
        let system: ScriptedPharmacySystem
        let installation: TestInstallation
        let pharmacy = SimulatedPharmacies.all[0].id
        /// An order of a product of that pharmacy.
        let body: JSON

        init() async throws {
            system = ScriptedPharmacySystem(time: time)
            installation = try await TestInstallation(pharmacySystem: system, time: time)
            body = try await installation.order()
            // What was learned on the way is forgotten.
            time.advance(by: Catalog.servedFor)
        }

        func close(_ cause: Cause) {
            let pharmacy = pharmacy
            system.state.withLock { state in
                switch cause {
                case .inactive: state.inactive = [pharmacy]
                case .unlisted: state.unlisted = [pharmacy]
                }
            }
        }

        func medications() async throws -> Int? {
            try await installation.pharmacies.medications(
                of: pharmacy, page: PageRequest(page: 1, perPage: 25), filter: CatalogFilter(),
                tenant: installation.tenant
            ).page.total
        }

        func submit(dryRun: Bool = false) async throws {
            _ = try await installation.orders.submit(
                body: body, dryRun: dryRun, tenant: installation.tenant, idempotency: nil)
        }

        func expectRefusal(dryRun: Bool = false) async throws {
            let error = await #expect(throws: ServiceError.self) { try await submit(dryRun: dryRun) }
            guard case .invalid(let problems) = error else {
                Issue.record("not a validation problem")
                return
            }
            #expect(problems.fields.map(\.name) == ["pharmacy_id"])
        }
    }

    @Test("A pharmacy that is not listed has no medications and accepts no orders", arguments: Cause.allCases)
    func closed(cause: Cause) async throws {
        let fixture = try await Fixture()
        fixture.close(cause)
        let fetches = fixture.system.state.withLock(\.fetches)
        await #expect(throws: ServiceError.notFound) { try await fixture.medications() }
        for dryRun in [false, true] { try await fixture.expectRefusal(dryRun: dryRun) }
        #expect(fixture.system.state.withLock(\.fetches) == fetches, "nobody looks at its catalogue")
        let listed = try await fixture.installation.pharmacies.list(tenant: fixture.installation.tenant)
        #expect(listed.map(\.id) == SimulatedPharmacies.all.dropFirst().map(\.id))
    }

    @Test("A pharmacy that closes accepts no orders after a minute at most, and at once where the list shows it")
    func closing() async throws {
        for isListed in [false, true] {
            let fixture = try await Fixture()
            try await fixture.submit()
            fixture.close(.inactive)
            if isListed {
                _ = try await fixture.installation.pharmacies.list(tenant: fixture.installation.tenant)
            } else {
                fixture.time.advance(by: Catalog.freshFor)
            }
            try await fixture.expectRefusal()
            await #expect(throws: ServiceError.notFound) { try await fixture.medications() }
            fixture.system.state.withLock { $0.inactive = [] }
            try await fixture.submit()
        }
    }

    @Test("An order that was accepted before its pharmacy closed continues")
    func accepted() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.installation.place(fixture.body)
        fixture.close(.inactive)
        let installation = fixture.installation
        let dispatcher = OrderDispatcher(
            environment: installation.environment, systems: installation.systems, notifier: installation.notifier,
            logger: installation.logger)
        _ = try await dispatcher.dispatchDue()
        #expect(fixture.system.state.withLock(\.submitted) == [id])
        #expect(try await installation.order(id)["dispatch"]?["status"] == "accepted")
    }
}
