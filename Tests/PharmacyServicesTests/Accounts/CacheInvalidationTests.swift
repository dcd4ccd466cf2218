import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

/// The clock stands still in these tests: without notifications, cached entries would never expire.
@Suite("Notifications of nodes about accounts", .enabled(if: TestDatabase.isPostgreSQL), .timeLimit(.minutes(3)))
struct VerificationRefreshTests {
    private let time = ManualClock()

    /// Two nodes of one database. The second receives the notifications of the first.
    private func withNodes(_ body: @escaping @Sendable (TestInstallation, TestInstallation) async throws -> Void)
        async throws
    {
        let url = try TestDatabase.newURL()
        let first = try await TestInstallation(time: time, sharing: url)
        let second = try await TestInstallation(time: time, sharing: url)
        let refresh = CacheInvalidation(
            environment: second.environment, accounts: second.accounts, notifier: second.notifier)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await refresh.run() }
            try await body(first, second)
            group.cancelAll()
        }
    }

    /// Waits until a condition holds. The suite's time limit ends the wait.
    private func until(_ isSo: () async throws -> Bool) async throws {
        while try await !isSo() { await Task.yield() }
    }

    private func login(_ node: TestInstallation) async throws -> (client: ClientID, pair: TokenPair) {
        let made = try await node.accounts.createCredential(
            body: ["name": "Test"], authority: .setupToken(TestInstallation.setupToken), tenant: node.tenant,
            idempotency: nil)
        let client = try #require(made.value["client_id"]?.text)
        let pair = try await node.accounts.issueToken(
            clientID: client, clientSecret: try #require(made.value["client_secret"]?.text), tenant: node.tenant)
        return (try #require(ClientID(client)), pair)
    }

    private func isAccepted(_ pair: TokenPair, by node: TestInstallation) async throws -> Bool {
        do {
            _ = try await node.accounts.authenticate(accessToken: pair.accessToken, tenant: node.tenant)
            return true
        } catch ServiceError.unauthenticated {
            return false
        }
    }

    @Test("A credential that is revoked on one node is refused on the other after the notification")
    func credential() async throws {
        try await withNodes { first, second in
            let (client, pair) = try await login(first)
            #expect(try await isAccepted(pair, by: second))
            try await first.accounts.revokeCredential(client, tenant: first.tenant)
            try await until { try await !isAccepted(pair, by: second) }
        }
    }

    @Test("A token that is revoked on one node is refused on the other after the notification")
    func token() async throws {
        try await withNodes { first, second in
            let (_, pair) = try await login(first)
            #expect(try await isAccepted(pair, by: second))
            try await first.accounts.revokeToken(pair.refreshToken, tenant: first.tenant)
            try await until { try await !isAccepted(pair, by: second) }
        }
    }

    @Test("A node without a notification reads the store again within a second")
    func lostMessage() async throws {
        let url = try TestDatabase.newURL()
        let first = try await TestInstallation(time: time, sharing: url)
        let second = try await TestInstallation(time: time, sharing: url)
        let (client, pair) = try await login(first)
        #expect(try await isAccepted(pair, by: second))
        try await first.accounts.revokeCredential(client, tenant: first.tenant)
        time.advance(by: .milliseconds(999))
        #expect(try await !isAccepted(pair, by: second))
    }

    @Test("A tenant that is suspended on one node is not found on the other after the notification")
    func suspension() async throws {
        try await withNodes { first, second in
            let operations = OperatorService(
                environment: first.environment, setupTokens: SetupTokens(fixed: nil), wipeEvery: .hours(24))
            #expect(try await second.accounts.tenant(named: Tenant.builtInSandboxName) != nil)
            _ = try await operations.setStatus(.suspended, ofTenant: Tenant.builtInSandboxName)
            try await until { try await second.accounts.tenant(named: Tenant.builtInSandboxName) == nil }
        }
    }

    @Test("A wipe on one node removes the sandbox's key and addresses from the other's memory")
    func destroyedKey() async throws {
        try await withNodes { first, second in
            _ = try await first.createPatient()
            var filter = PatientFilter()
            filter.email = "jane"
            let wanted = filter
            let found = try await second.patients.list(
                wanted, page: PageRequest(page: 1, perPage: 25), tenant: second.tenant)
            #expect(found.items.count == 1)
            let before = second.environment.store.keysInMemory
            #expect(second.environment.store.indexedTenants == [second.tenant.id])
            try await first.controls.wipe(first.tenant)
            try await until { second.environment.store.indexedTenants.isEmpty }
            #expect(!before.isSubset(of: second.environment.store.keysInMemory))
        }
    }
}
