import PharmacyDomain
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@testable import PharmacyServices

@Suite("Records that expire", .timeLimit(.minutes(3)))
struct ExpiryTests {
    /// Ten batches and a remainder.
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
            // A record that has not expired.
            try scope.db.send(
                """
                INSERT INTO idempotency_records (tenant_id, key_digest, body_digest, outcome, expires_at)
                VALUES ($1, $2, $2, $2, $3)
                """, [SQLValue(tenant), .blob([0xFF]), .integer(now.milliseconds + 1)])
        }
    }

    private func remaining(_ installation: TestInstallation) async throws -> Int64? {
        try await installation.environment.store.systemRead { scope in
            try scope.db.row("SELECT COUNT(*) FROM idempotency_records", []) { try $0.integer(0) }
        }
    }

    @Test("Each statement removes a limited number of records, and together they remove all expired ones")
    func limit() async throws {
        let installation = try await TestInstallation()
        let before = try #require(try await remaining(installation))
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
        #expect(try await remaining(installation) == before + 1)
    }

    @Test("One round removes all expired records in batches, with pauses in between")
    func round() async throws {
        let installation = try await TestInstallation()
        let before = try #require(try await remaining(installation))
        try await fill(installation)
        let pauses = Mutex(0)
        let sweeper = RetentionSweeper(
            environment: installation.environment, retention: Retention(), logger: installation.logger,
            pause: { pauses.withLock { $0 += 1 } })
        try await sweeper.prune()
        #expect(try await remaining(installation) == before + 1)
        #expect(pauses.withLock { $0 } == 10)
    }

    @Test("One kind that cannot be removed does not prevent the removal of the others")
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
        let sweeper = RetentionSweeper(
            environment: installation.environment, retention: Retention(), logger: installation.logger, pause: {})
        await #expect(throws: StoreError.self) { try await sweeper.prune() }
        #expect(try await remaining(installation) == 0)
        #expect(try await lines() == 0)
    }
}
