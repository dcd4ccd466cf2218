import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Live catalogues")
struct CatalogueTests {
    private struct Setting {
        let time = ManualTime()
        let system: ScriptedPharmacySystem
        let installation: TestInstallation
        let pharmacy = SimulatedPharmacies.all[1].id

        init() async throws {
            system = ScriptedPharmacySystem(time: time)
            installation = try await TestInstallation(pharmacySystem: system, time: time)
        }

        func page(_ number: Int = 1, search: String? = nil) async throws -> MedicationPage {
            try await installation.pharmacies.medications(
                of: pharmacy, page: PageRequest(page: number, perPage: 25), search: search, tenant: installation.tenant)
        }

        var fetches: Int { system.state.withLock(\.fetches) }
    }

    @Test("A price is at most a minute old, and asked for once in it")
    func fresh() async throws {
        let setting = try await Setting()
        let asOf = JSON(setting.time.now())
        for _ in 0..<3 { #expect(try await setting.page().page.items.first?["price_as_of"] == asOf) }
        #expect(setting.fetches == 1)
        setting.time.advance(by: .seconds(60) - .milliseconds(1))
        #expect(try await setting.page().page.items.first?["price_as_of"] == asOf)
        setting.time.advance(by: .milliseconds(1))
        #expect(try await setting.page().page.items.first?["price_as_of"] == JSON(setting.time.now()))
        #expect(setting.fetches == 2)
    }

    @Test("A clock that was fast as prices were asked for does not make them last", arguments: [1, 24])
    func fastClock(hours: Int) async throws {
        let setting = try await Setting()
        setting.time.setWallClock(by: .hours(hours))
        _ = try await setting.page()
        setting.time.setWallClock(by: .hours(-hours))
        setting.time.advance(by: .seconds(60) - .milliseconds(1))
        _ = try await setting.page()
        #expect(setting.fetches == 1)
        setting.time.advance(by: .milliseconds(1))
        #expect(try await setting.page().page.items.first?["price_as_of"] == JSON(setting.time.now()))
        #expect(setting.fetches == 2)
        setting.system.state.withLock { $0.isDown = true }
        setting.time.setWallClock(by: .hours(hours))
        #expect(try await setting.page().isStale == false, "nor does setting it forward make them old")
    }

    @Test("Requests that miss at the same time share one fetch")
    func shared() async throws {
        let setting = try await Setting()
        setting.system.state.withLock { $0.isHolding = true }
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { try await setting.page().page.total ?? 0 } }
            while setting.fetches == 0 { await Task.yield() }
            setting.system.letGo()
            for try await total in group { #expect(total == 163) }
        }
        // Whoever came when all had been answered already was served from memory.
        #expect(setting.fetches == 1)
    }

    @Test("A fetch that several wait for goes on without those who leave")
    func oneLeaves() async throws {
        let setting = try await Setting()
        setting.system.state.withLock { $0.isHolding = true }
        let first = Task { try await setting.page().page.total }
        while setting.fetches == 0 { await Task.yield() }
        let second = Task { try await setting.page().page.total }
        first.cancel()
        setting.system.letGo()
        #expect(try await second.value == 163)
        _ = await first.result
        #expect(setting.fetches <= 2, "the second may have come after the end of the first")
    }

    @Test(
        "While the pharmacy is down the last prices are served for 15 minutes, and said to be stale; then it is a 503")
    func stale() async throws {
        let setting = try await Setting()
        #expect(try await setting.page().isStale == false)
        setting.system.state.withLock { $0.isDown = true }
        setting.time.advance(by: .seconds(60))
        #expect(try await setting.page().isStale)
        setting.time.advance(by: .minutes(14) - .milliseconds(1))
        #expect(try await setting.page().isStale)
        setting.time.advance(by: .milliseconds(1))
        await #expect(throws: ServiceError.pharmacyUnavailable(retryAfter: ServiceLimits.pharmacyRetryAfter)) {
            _ = try await setting.page()
        }
        setting.system.state.withLock { $0.isDown = false }
        #expect(try await setting.page().isStale == false)
    }

    @Test("A catalogue in use is fetched anew before it is too old, and one that is not in use is left alone")
    func ahead() async throws {
        let setting = try await Setting()
        _ = try await setting.page()
        setting.time.advance(by: ServiceLimits.catalogueRefreshAge - .milliseconds(1))
        try await setting.installation.pharmacies.refreshCatalogues()
        #expect(setting.fetches == 1)
        setting.time.advance(by: .milliseconds(1))
        try await setting.installation.pharmacies.refreshCatalogues()
        #expect(setting.fetches == 2)
        // Nobody looks at it any more.
        setting.time.advance(by: ServiceLimits.catalogueUse)
        try await setting.installation.pharmacies.refreshCatalogues()
        #expect(setting.fetches == 2)
    }

    @Test("A refresh that fails leaves what is at hand")
    func aheadFails() async throws {
        let setting = try await Setting()
        _ = try await setting.page()
        setting.system.state.withLock { $0.isDown = true }
        setting.time.advance(by: ServiceLimits.catalogueRefreshAge)
        try await setting.installation.pharmacies.refreshCatalogues()
        #expect(try await setting.page().isStale == false)
    }

    @Test("An id stays the same for the same product from one catalogue to the next, and pages fit together")
    func stable() async throws {
        let setting = try await Setting()
        func ids() async throws -> [String] {
            var ids: [String] = []
            for number in 1...7 {
                ids += try await setting.page(number).page.items.compactMap { $0["medication_id"]?.text }
            }
            return ids
        }
        let first = try await ids()
        #expect(Set(first).count == 163)
        setting.time.advance(by: .hours(1))
        #expect(try await ids() == first)
        #expect(try await setting.page(8).page.items.isEmpty)
        let found = try await setting.page(search: "tirzepatide").page
        #expect((1..<163).contains(found.total ?? 0))
    }
}
