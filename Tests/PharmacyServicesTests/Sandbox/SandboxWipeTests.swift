import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("Wipes of large sandboxes", .timeLimit(.minutes(3)))
struct SandboxWipeTests {
    /// Controls that wipe every sandbox with a record like a large one.
    private func controls(_ installation: TestInstallation) -> SandboxControls {
        SandboxControls(
            environment: installation.environment, accounts: installation.accounts, wipeEvery: .hours(24),
            wipeTransactionLimit: 0, setupTokens: SetupTokens(fixed: TestInstallation.setupToken), announce: { _ in })
    }

    private func orders(_ installation: TestInstallation) async throws -> Int64 {
        try await installation.environment.store.systemRead {
            try $0.db.row("SELECT COUNT(*) FROM orders", []) { try $0.integer(0) } ?? 0
        }
    }

    @Test("A sandbox is wiped once, and is empty and usable afterwards; other tenants' records stay")
    func wiped() async throws {
        let installation = try await TestInstallation()
        let other = try await installation.addTenant("other")
        _ = try await installation.place(as: other)
        for _ in 1...3 {
            _ = try await installation.place(as: installation.tenant, webhookURLs: ["http://127.0.0.1:9/hook"])
        }
        let position = try await installation.environment.store.read(installation.tenant.id) {
            try $0.latestEventPosition()
        }
        try await controls(installation).wipe(installation.tenant)
        #expect(try await orders(installation) == 1)
        // Cursors of before the wipe stay in front of what comes after it.
        let after = try await installation.environment.store.read(installation.tenant.id) {
            try $0.latestEventPosition()
        }
        #expect(position == 3 && after == position)
        #expect(try await installation.audited(.sandboxWiped).count == 1)
        let id = try await installation.place(as: installation.tenant)
        #expect(try await installation.order(id)["status"] == "pending")
    }

    @Test("An interrupted wipe is continued; until then no part of the records is visible")
    func resumes() async throws {
        let installation = try await TestInstallation()
        for _ in 1...3 { _ = try await installation.place(as: installation.tenant) }
        let (store, id) = (installation.environment.store, installation.tenant.id)
        let now = installation.time.now()
        let mayBeMore = try await store.systemWrite(.tenant(id)) { scope in
            try scope.beginWipe(of: id, ifDue: false, at: now)
            return try scope.wipeSome(of: id, limit: 2)
        }
        #expect(mayBeMore)
        await #expect(throws: ServiceError.notFound) {
            _ = try await installation.orders.list(
                OrderFilter(), page: PageRequest(page: 1, perPage: 25), tenant: installation.tenant)
        }
        // Its time has not come, and it is wiped all the same, by any node.
        let first = controls(installation)
        let second = controls(installation)
        async let mine = first.wipeDue()
        async let theirs = second.wipeDue()
        _ = (try await mine, try await theirs)
        #expect(try await orders(installation) == 0)
        #expect(try await installation.audited(.sandboxWiped).count == 1)
        _ = try await installation.place(as: installation.tenant)
        _ = try await first.wipeDue()
        #expect(try await orders(installation) == 1)
    }

    @Test("A server starts in the middle of a wipe, and finishes it")
    func startsAmidst() async throws {
        let installation = try await TestInstallation()
        for _ in 1...3 { _ = try await installation.place(as: installation.tenant) }
        let (store, id, now) = (installation.environment.store, installation.tenant.id, installation.time.now())
        try await store.systemWrite(.tenant(id)) { scope in
            try scope.beginWipe(of: id, ifDue: false, at: now)
            _ = try scope.wipeSome(of: id, limit: 2)
        }
        let controls = controls(installation)
        try await controls.provision()
        #expect(try await store.systemRead { try $0.unfinishedWipes() } == [id])
        _ = try await controls.wipeDue()
        #expect(try await orders(installation) == 0)
        #expect(try await store.systemRead { try $0.unfinishedWipes() }.isEmpty)
        try await controls.provision()
        _ = try await installation.place(as: installation.tenant)
    }

    @Test("A sandbox that is not due is not hidden")
    func notDue() async throws {
        let installation = try await TestInstallation()
        _ = try await installation.place(as: installation.tenant)
        let (store, id, now) = (installation.environment.store, installation.tenant.id, installation.time.now())
        try await store.systemWrite(.tenant(id)) { try $0.beginWipe(of: id, ifDue: true, at: now) }
        #expect(try await store.systemRead { try $0.unfinishedWipes() }.isEmpty)
        installation.time.advance(by: .hours(24))
        _ = try await controls(installation).wipeDue()
        #expect(try await orders(installation) == 0)
    }
}
