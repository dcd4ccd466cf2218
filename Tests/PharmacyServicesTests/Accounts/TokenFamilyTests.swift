import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("Families of tokens", .timeLimit(.minutes(3)))
struct TokenFamilyTests {
    private func login(_ installation: TestInstallation) async throws -> (client: ClientID, pair: TokenPair) {
        let made = try await installation.accounts.createCredential(
            body: [:], authority: .setupToken(TestInstallation.setupToken), tenant: installation.tenant,
            idempotency: nil
        ).value
        let client = try #require(made["client_id"]?.text)
        let pair = try await installation.accounts.issueToken(
            clientID: client, clientSecret: try #require(made["client_secret"]?.text), tenant: installation.tenant)
        return (try #require(ClientID(client)), pair)
    }

    private func refresh(
        _ pair: TokenPair, _ request: IdempotencyRequest? = nil, in installation: TestInstallation
    ) async throws -> IdempotentResult<TokenPair> {
        try await installation.accounts.refresh(
            pair.refreshToken, tenant: installation.tenant, idempotency: request)
    }

    private func isAccepted(_ pair: TokenPair, in installation: TestInstallation) async throws -> Bool {
        do {
            _ = try await installation.accounts.authenticate(
                accessToken: pair.accessToken, tenant: installation.tenant)
            return true
        } catch ServiceError.unauthenticated {
            return false
        }
    }

    // MARK: Reuse

    @Test("An idempotency key of another refresh does not hide a reuse")
    func foreignKey() async throws {
        let installation = try await TestInstallation()
        let (_, stolen) = try await login(installation)
        let (_, own) = try await login(installation)
        let fresh = try await refresh(stolen, in: installation).value
        // The attacker with the used token also has the idempotency key of a successful request with another body.
        let key = IdempotencyRequest(key: "known", operation: "POST auth/refresh", body: [1])
        _ = try await refresh(own, key, in: installation)
        let other = IdempotencyRequest(key: "known", operation: "POST auth/refresh", body: [2])
        await #expect(throws: ServiceError.invalidGrant) { _ = try await refresh(stolen, other, in: installation) }
        #expect(try await installation.audited(.tokenReuseDetected).count == 1)
        #expect(try await !isAccepted(fresh, in: installation))
        #expect(try await !isAccepted(stolen, in: installation))
        #expect(try await isAccepted(own, in: installation))
    }

    @Test("An idempotency key with another family's outcome does not hide a reuse")
    func foreignOutcome() async throws {
        let installation = try await TestInstallation()
        let (_, stolen) = try await login(installation)
        let (_, own) = try await login(installation)
        let fresh = try await refresh(stolen, in: installation).value
        let key = IdempotencyRequest(key: "known", operation: "POST auth/refresh", body: [1])
        let theirs = try await refresh(own, key, in: installation).value
        await #expect(throws: ServiceError.invalidGrant) { _ = try await refresh(stolen, key, in: installation) }
        #expect(try await installation.audited(.tokenReuseDetected).count == 1)
        #expect(try await !isAccepted(fresh, in: installation))
        #expect(try await isAccepted(theirs, in: installation))
        // The owner of the key can still repeat its own request.
        let repeated = try await refresh(own, key, in: installation)
        #expect(repeated.isReplay)
        #expect(repeated.value == theirs)
    }

    // MARK: Removal

    private func count(_ table: SQL, in installation: TestInstallation) async throws -> Int64 {
        let found = try await installation.environment.store.systemRead { scope in
            try scope.db.row("SELECT COUNT(*) FROM" + table, []) { try $0.integer(0) }
        }
        return try #require(found)
    }

    private func prune(_ installation: TestInstallation) async throws {
        try await RetentionSweeper(
            environment: installation.environment, retention: Retention(), logger: installation.logger
        ).prune()
    }

    @Test("A family is removed a day after its last token has expired, and not while it is refreshed")
    func expired() async throws {
        let installation = try await TestInstallation()
        let (client, first) = try await login(installation)
        installation.time.advance(by: .days(59))
        let second = try await refresh(first, in: installation).value
        installation.time.advance(by: .days(59))
        try await prune(installation)
        #expect(try await count("token_families", in: installation) == 1)
        let third = try await refresh(second, in: installation).value
        installation.time.advance(by: .days(60) + .hours(24) - .seconds(1))
        try await prune(installation)
        #expect(try await count("token_families", in: installation) == 1)
        installation.time.advance(by: .seconds(1))
        try await prune(installation)
        #expect(try await count("token_families", in: installation) == 0)
        #expect(try await count("refresh_tokens", in: installation) == 0)
        #expect(try await !isAccepted(third, in: installation))
        await #expect(throws: ServiceError.invalidGrant) { _ = try await refresh(third, in: installation) }
        // The credential stays.
        let listed = try await installation.accounts.credentials(
            of: installation.tenant, includingRevoked: false)
        #expect(listed.map(\.id) == [client])
    }

    @Test("A revoked family is removed with its tokens a day later; others stay")
    func revoked() async throws {
        let installation = try await TestInstallation()
        let (_, pair) = try await login(installation)
        let (_, neighbor) = try await login(installation)
        let fresh = try await refresh(pair, in: installation).value
        await #expect(throws: ServiceError.invalidGrant) { _ = try await refresh(pair, in: installation) }
        installation.time.advance(by: .hours(24) - .seconds(1))
        try await prune(installation)
        #expect(try await count("token_families", in: installation) == 2)
        installation.time.advance(by: .seconds(1))
        try await prune(installation)
        #expect(try await count("token_families", in: installation) == 1)
        #expect(try await count("refresh_tokens", in: installation) == 1)
        #expect(try await !isAccepted(fresh, in: installation))
        await #expect(throws: ServiceError.invalidGrant) { _ = try await refresh(fresh, in: installation) }
        #expect(try await isAccepted(neighbor, in: installation))
        _ = try await refresh(neighbor, in: installation)
    }

    @Test("Families are removed in batches")
    func batches() async throws {
        let installation = try await TestInstallation()
        let store = installation.environment.store
        let (client, now) = (try await login(installation).client, installation.time.now())
        try await store.write(installation.tenant.id) { scope in
            for _ in 0..<ServiceLimits.familyPruneBatch * 2 {
                try scope.insertFamily(
                    installation.environment.entropy.identifier(), of: client, expiresAt: now - .days(2), at: now)
            }
        }
        let removed = try await store.systemWrite(.claims) { try $0.pruneFamilies(endedBefore: now, limit: 7) }
        #expect(removed == 7)
        try await prune(installation)
        #expect(try await count("token_families", in: installation) == 1)
    }

    @Test(
        "Ended families are found by an index",
        .disabled(if: TestDatabase.isPostgreSQL, "tests SQLite's query plans"))
    func plan() async throws {
        let log = StatementLog()
        let installation = try await TestInstallation(statements: log)
        try await prune(installation)
        let statements = log.all.filter { $0.key.text.contains("DELETE FROM token_families") }
        #expect(statements.count == 1)
        for (statement, binds) in statements {
            let plan = try await installation.environment.store.systemRead { scope in
                try scope.db.rows("EXPLAIN QUERY PLAN" + statement, binds) { try $0.text(3) }
            }
            #expect(plan.contains { $0.contains("token_families_by_expiry (expires_at<?)") }, "\(plan)")
            #expect(
                !plan.contains { $0.hasPrefix("SCAN token_families") || $0.hasPrefix("SCAN refresh_tokens") }, "\(plan)"
            )
            #expect(!plan.contains { $0.contains("ORDER BY") }, "\(plan)")
        }
    }
    @Test(
        "Revocations in the audit log are found by their partial index",
        .disabled(if: TestDatabase.isPostgreSQL, "tests SQLite's query plans"))
    func revocations() async throws {
        let log = StatementLog()
        let installation = try await TestInstallation(statements: log)
        let (client, pair) = try await login(installation)
        _ = try await isAccepted(pair, in: installation)
        _ = try await refresh(pair, in: installation)
        try await installation.accounts.revokeToken(pair.refreshToken, tenant: installation.tenant)
        try await installation.accounts.revokeCredential(client, tenant: installation.tenant)
        let statements = log.all.filter { $0.key.text.contains("FROM audit_entries a") }
        #expect(statements.count >= 4)
        for (statement, binds) in statements {
            let plan = try await installation.environment.store.systemRead { scope in
                try scope.db.rows("EXPLAIN QUERY PLAN" + statement, binds) { try $0.text(3) }
            }
            #expect(plan.contains { $0.contains("audit_revocations (subjects=?)") }, "\(plan)")
            #expect(!plan.contains { $0.hasPrefix("SCAN ") }, "\(statement.text): \(plan)")
        }
    }
}
