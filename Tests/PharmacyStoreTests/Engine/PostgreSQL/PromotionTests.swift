#if PostgreSQL
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

/// Simulates a failover of the database server: functions of the test with the names of the system's functions report its
/// state, because they come first in the search path.
@Suite("A standby and its promotion", .enabled(if: TestDatabase.isPostgreSQL), .timeLimit(.minutes(3)))
struct PromotionTests {
    private let now = Timestamp(milliseconds: 1_700_000_000_000)
    private let url: String

    init() throws { url = try TestDatabase.newURL() }

    private func open(_ url: String) throws -> PostgreSQLEngine {
        try PostgreSQLEngine(url: url, pool: ConnectionPoolSize(connections: 7), notifier: ChangeNotifier())
    }

    private var followedURL: String {
        url + "&application_name=followed&options=-csearch_path%3Dfake%2Cpg_catalog%2Cpublic"
    }

    private func simulate(_ operate: PostgreSQLEngine, isStandby: Bool, timeline: Int) async throws {
        _ = try await operate.write { db in
            try db.run("CREATE SCHEMA IF NOT EXISTS fake", [])
            try db.run(
                isStandby
                    ? """
                    CREATE OR REPLACE FUNCTION fake.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'
                    """
                    : """
                    CREATE OR REPLACE FUNCTION fake.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT false'
                    """, [])
            try db.run(
                timeline == 1
                    ? """
                    CREATE OR REPLACE FUNCTION fake.pg_walfile_name(pg_lsn) RETURNS text LANGUAGE sql
                        AS 'SELECT ''0000000100000000000000FF'''
                    """
                    : """
                    CREATE OR REPLACE FUNCTION fake.pg_walfile_name(pg_lsn) RETURNS text LANGUAGE sql
                        AS 'SELECT ''0000000200000000000000FF'''
                    """, [])
        }
    }

    /// Ends the connections of the primary server, and waits until they are closed.
    private func endConnections(by operate: PostgreSQLEngine) async throws {
        func count(_ sql: SQL) async throws -> Int64 {
            try await operate.read { try $0.row(sql, []) { try $0.integer(0) } } ?? 0
        }
        _ = try await count(
            """
            SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'followed'
            """)
        while try await count(
            """
            SELECT COUNT(*) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'followed'
            """) > 0
        { await Task.yield() }
    }

    @Test("A standby is not used until it is promoted; then its first write begins an epoch")
    func promotion() async throws {
        let operate = try open(url)
        try await simulate(operate, isStandby: false, timeline: 1)
        let engine = try open(followedURL)
        let store = try await Store(
            engine: engine, masterKey: .fixed([UInt8](repeating: 7, count: 32)), now: now)
        let first = try await store.incarnation()
        #expect(first.isFirst && first.origin?.contains("timeline 00000001 ") == true)

        let standby = StoreError.unavailable(PostgreSQLFault.standby)
        try await simulate(operate, isStandby: true, timeline: 1)
        try await endConnections(by: operate)
        await #expect(throws: standby) { try await store.systemWrite(.log) { _ in } }
        await #expect(throws: standby) { _ = try await store.incarnation() }
        #expect(throws: standby) { _ = try open(followedURL) }

        try await simulate(operate, isStandby: false, timeline: 2)
        while true {
            do {
                try await store.systemWrite(.log) { $0.audit(.serverStarted, [], at: now) }
                break
            } catch StoreError.unavailable {
                // It is not tried more often than a server that is down tolerates.
                await Task.yield()
            }
        }
        while true {
            do {
                let second = try await store.incarnation()
                #expect(second.epoch != first.epoch && !second.isFirst)
                #expect(second.origin?.contains("timeline 00000002 ") == true)
                let actions = try await store.systemRead {
                    try $0.auditEntries(after: 0, limit: 10).compactMap(\.entry?.event.action)
                }
                #expect(actions == [.epochBegun, .serverStarted], "in one transaction")
                break
            } catch StoreError.unavailable {
                await Task.yield()
            }
        }
        await store.close()
        await operate.close()
    }

    @Test("A writing transaction on a read-only server is unavailable, not broken, and the next one succeeds")
    func readOnly() async throws {
        let engine = try open(url)
        try await engine.write {
            _ = try $0.run("CREATE TABLE numbers (id INTEGER PRIMARY KEY, n INTEGER NOT NULL UNIQUE) STRICT", [])
        }
        await #expect(throws: StoreError.unavailable(PostgreSQLFault.fault(sqlState: "25006"))) {
            try await engine.write(.log) { db in
                try db.send("SET TRANSACTION READ ONLY", [])
                _ = try db.run("INSERT INTO numbers VALUES (1, 1)", [])
            }
        }
        try await engine.write(.log) { try $0.send("INSERT INTO numbers VALUES (1, 1)", []) }
        await engine.close()
    }
}
#endif
