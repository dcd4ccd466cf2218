import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Live catalogs", .timeLimit(.minutes(3)))
struct CatalogTests {
    private struct Fixture {
        let time = ManualClock()
        let system: ScriptedPharmacySystem
        let installation: TestInstallation
        let pharmacy = SimulatedPharmacies.all[1].id

        init() async throws {
            system = ScriptedPharmacySystem(time: time)
            installation = try await TestInstallation(pharmacySystem: system, time: time)
        }

        func page(_ number: Int = 1, search: String? = nil) async throws -> MedicationPage<CatalogItem> {
            let request = PageRequest(page: number, perPage: 25)
            let page = try await installation.pharmacies.medications(
                of: pharmacy, page: request, filter: CatalogFilter(search: search), tenant: installation.tenant)
            // The catalog has been fetched just now, if it was too old.
            let rendered = try await installation.pharmacies.renderedMedications(
                of: pharmacy, page: request, filter: CatalogFilter(search: search), tenant: installation.tenant)
            let rendering = TestInstallation.medicationRendering
            #expect(
                rendered.page.items == page.page.items.map { rendering.representation(of: $0, id: $0.medicationID) })
            #expect(rendered.page.total == page.page.total && rendered.isStale == page.isStale)
            return page
        }

        var fetches: Int { system.state.withLock(\.fetches) }
    }

    @Test("A price is at most a minute old, and fetched once in that time")
    func fresh() async throws {
        let fixture = try await Fixture()
        let asOf = fixture.time.now()
        for _ in 0..<3 { #expect(try await fixture.page().page.items.first?.priceAsOf == asOf) }
        #expect(fixture.fetches == 1)
        fixture.time.advance(by: .seconds(60) - .milliseconds(1))
        #expect(try await fixture.page().page.items.first?.priceAsOf == asOf)
        fixture.time.advance(by: .milliseconds(1))
        #expect(try await fixture.page().page.items.first?.priceAsOf == fixture.time.now())
        #expect(fixture.fetches == 2)
    }

    @Test("A clock that was fast when prices were fetched does not extend their life", arguments: [1, 24])
    func fastClock(hours: Int) async throws {
        let fixture = try await Fixture()
        fixture.time.setWallClock(by: .hours(hours))
        _ = try await fixture.page()
        fixture.time.setWallClock(by: .hours(-hours))
        fixture.time.advance(by: .seconds(60) - .milliseconds(1))
        _ = try await fixture.page()
        #expect(fixture.fetches == 1)
        fixture.time.advance(by: .milliseconds(1))
        #expect(try await fixture.page().page.items.first?.priceAsOf == fixture.time.now())
        #expect(fixture.fetches == 2)
        fixture.system.state.withLock { $0.isDown = true }
        fixture.time.setWallClock(by: .hours(hours))
        #expect(try await fixture.page().isStale == false, "nor does setting it forward make them old")
    }

    @Test("Requests that miss at the same time share one fetch")
    func shared() async throws {
        let fixture = try await Fixture()
        fixture.system.state.withLock { $0.isHolding = true }
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { try await fixture.page().page.total ?? 0 } }
            while fixture.fetches == 0 { await Task.yield() }
            fixture.system.release()
            for try await total in group { #expect(total == 163) }
        }
        // Later callers were served from the cache.
        #expect(fixture.fetches == 1)
    }

    @Test("A shared fetch continues without callers that leave")
    func oneLeaves() async throws {
        let fixture = try await Fixture()
        fixture.system.state.withLock { $0.isHolding = true }
        let first = Task { try await fixture.page().page.total }
        while fixture.fetches == 0 { await Task.yield() }
        let second = Task { try await fixture.page().page.total }
        first.cancel()
        fixture.system.release()
        #expect(try await second.value == 163)
        _ = await first.result
        #expect(fixture.fetches <= 2, "the second may have come after the end of the first")
    }

    @Test(
        "While the pharmacy is down the last prices are served for 15 minutes, marked as stale; then it is a 503")
    func stale() async throws {
        let fixture = try await Fixture()
        #expect(try await fixture.page().isStale == false)
        fixture.system.state.withLock { $0.isDown = true }
        fixture.time.advance(by: .seconds(60))
        #expect(try await fixture.page().isStale)
        fixture.time.advance(by: .minutes(14) - .milliseconds(1))
        #expect(try await fixture.page().isStale)
        fixture.time.advance(by: .milliseconds(1))
        await #expect(throws: ServiceError.pharmacyUnavailable(retryAfter: ServiceLimits.pharmacyRetryAfter)) {
            _ = try await fixture.page()
        }
        fixture.system.state.withLock { $0.isDown = false }
        #expect(try await fixture.page().isStale == false)
    }

    @Test("A catalog in use is fetched again before it is too old, and one that is not in use is not")
    func ahead() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.page()
        fixture.time.advance(by: ServiceLimits.catalogRefreshAge - .milliseconds(1))
        try await fixture.installation.pharmacies.refreshCatalogs()
        #expect(fixture.fetches == 1)
        fixture.time.advance(by: .milliseconds(1))
        try await fixture.installation.pharmacies.refreshCatalogs()
        #expect(fixture.fetches == 2)
        // It is no longer in use.
        fixture.time.advance(by: ServiceLimits.catalogUseWindow)
        try await fixture.installation.pharmacies.refreshCatalogs()
        #expect(fixture.fetches == 2)
    }

    @Test("A refresh that fails leaves the present catalog")
    func aheadFails() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.page()
        fixture.system.state.withLock { $0.isDown = true }
        fixture.time.advance(by: ServiceLimits.catalogRefreshAge)
        try await fixture.installation.pharmacies.refreshCatalogs()
        #expect(try await fixture.page().isStale == false)
    }

    @Test("An id stays the same for the same product from one catalog to the next, and pages are consistent")
    func stable() async throws {
        let fixture = try await Fixture()
        func ids() async throws -> [String] {
            var ids: [String] = []
            for number in 1...7 {
                ids += try await fixture.page(number).page.items.map(\.medicationID)
            }
            return ids
        }
        let first = try await ids()
        #expect(Set(first).count == 163)
        fixture.time.advance(by: .hours(1))
        #expect(try await ids() == first)
        #expect(try await fixture.page(8).page.items.isEmpty)
        let found = try await fixture.page(search: "tirzepatide").page
        #expect((1..<163).contains(found.total ?? 0))
    }
}
