import PharmacyDomain
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@testable import PharmacyServices

@Suite("Records that expire", .timeLimit(.minutes(3)))
struct ExpiryTests {
    /// Ten times what goes at a time, and a rest.
    private static let count = 10 * StoreLimits.pruneBatch + 7

    private func fill(_ installation: TestInstallation) async throws {
        let now = installation.time.now()
        try await installation.environment.store.systemWrite { scope in
            let tenant = try scope.db.row("SELECT MIN(id) FROM tenants", []) { try $0.integer(0) }
            for number in 0..<ExpiryTests.count {
                try scope.db.send(
                    """
                    INSERT INTO idempotency_records (tenant_id, key_digest, body_digest, outcome, expires_at)
                    VALUES ($1, $2, $2, $2, $3)
                    """,
                    [
                        SQLValue(tenant), .blob(Array("\(number)".utf8)),
                        .integer(now.milliseconds - Int64(number % 1_000)),
                    ])
            }
            // One that has not expired.
            try scope.db.send(
                """
                INSERT INTO idempotency_records (tenant_id, key_digest, body_digest, outcome, expires_at)
                VALUES ($1, $2, $2, $2, $3)
                """, [SQLValue(tenant), .blob([0xFF]), .integer(now.milliseconds + 1)])
        }
    }

    private func left(_ installation: TestInstallation) async throws -> Int64? {
        try await installation.environment.store.systemRead { scope in
            try scope.db.row("SELECT COUNT(*) FROM idempotency_records", []) { try $0.integer(0) }
        }
    }

    @Test("A statement removes no more than it may, and all of them together remove all that has expired")
    func limit() async throws {
        let installation = try await TestInstallation()
        let before = try #require(try await left(installation))
        try await fill(installation)
        let now = installation.time.now()
        var removed: [Int] = []
        repeat {
            removed.append(
                try await installation.environment.store.systemWrite(.claims) {
                    try $0.remove(.idempotencyRecords, at: now)
                })
        } while removed.last == StoreLimits.pruneBatch
        #expect(removed == [Int](repeating: StoreLimits.pruneBatch, count: 10) + [7])
        #expect(try await left(installation) == before + 1)
    }

    @Test("One round removes all that has expired, batch by batch, and takes breath between")
    func round() async throws {
        let installation = try await TestInstallation()
        let before = try #require(try await left(installation))
        try await fill(installation)
        let breaths = Mutex(0)
        let janitor = RetentionSweeper(
            environment: installation.environment, retention: Retention(), logger: installation.logger,
            breath: { breaths.withLock { $0 += 1 } })
        try await janitor.prune()
        #expect(try await left(installation) == before + 1)
        #expect(breaths.withLock { $0 } == 10)
    }

    @Test("One kind that cannot be removed does not keep the others")
    func failure() async throws {
        let installation = try await TestInstallation()
        try await fill(installation)
        let lines = { @Sendable () async throws in
            try await installation.environment.store.systemRead { try $0.auditEntries(after: 0, limit: 1_000).count }
        }
        try await installation.environment.store.systemWrite { scope in
            _ = try scope.db.run("DROP TABLE refresh_tokens", [])
            _ = try scope.db.run("DROP TABLE rate_limits", [])
        }
        try await installation.environment.store.systemWrite {
            $0.audit(.serverStarted, [], at: installation.time.now())
        }
        #expect(try await lines() > 0)
        installation.time.advance(by: .days(3_000))
        let janitor = RetentionSweeper(
            environment: installation.environment, retention: Retention(), logger: installation.logger, breath: {})
        await #expect(throws: StoreError.self) { try await janitor.prune() }
        #expect(try await left(installation) == 0)
        #expect(try await lines() == 0)
    }
}
