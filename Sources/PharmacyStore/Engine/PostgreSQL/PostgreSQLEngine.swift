#if PostgreSQL
internal import FoundationEssentials
internal import NIOPosix
package import PharmacyDomain

/// Stores data in a PostgreSQL database, which any number of nodes may serve.
///
/// A tenant's writes use the same writing connection each time, so that waiting writes share commits. Connections of other
/// nodes and tenants write concurrently. Each reading thread has a connection of its own.
package final class PostgreSQLEngine: SQLEngine {
    private let writers: [GroupCommitWriter]
    private let claimer: GroupCommitWriter
    private let counter: GroupCommitWriter
    private let readers: ReadingPool
    private let relay: PostgreSQLNotificationRelay
    private let auditAppender = AuditAppender()
    private let url: String
    private let originChecker = OriginChecker()

    package let isExclusive = false

    /// Connects.
    /// - Parameters:
    ///   - url: `postgres://…`, with libpq's parameters (`sslmode` and so on).
    ///   - pool: the number of connections, and how long a transaction may wait for one.
    ///   - notifier: is notified after commits, of this node and of others.
    /// - Throws: `StoreError.unavailable`.
    package init(url: String, pool: ConnectionPoolSize, notifier: ChangeNotifier) throws {
        let relay = try PostgreSQLNotificationRelay(PostgreSQLConnection(url: url, role: .listener), notifier: notifier)
        let notify: @Sendable (CommitNotice) -> Void = { notice in
            notifier.notify(notice)
            relay.send(notice)
        }
        let (appender, originChecker) = (auditAppender, originChecker)
        @Sendable func writer(_ writesPerCommit: Int) throws -> GroupCommitWriter {
            GroupCommitWriter(
                try PostgreSQLConnection(url: url, role: .writer),
                limits: WriterLimits(writesPerCommit: writesPerCommit, wait: pool.wait), auditAppender: appender,
                originChecker: originChecker, notify: notify)
        }
        self.url = url
        self.relay = relay
        writers = try (0..<pool.writers).map { _ in try writer(StoreLimits.writesPerCommit) }
        // These run one write per transaction, because each locks rows that others may wait for.
        claimer = try writer(1)
        counter = try writer(1)
        readers = try ReadingPool(threads: pool.readers, wait: pool.wait) {
            try PostgreSQLConnection(url: url, role: .reader)
        }
    }

    /// Creates a database on a server.
    /// - Parameters:
    ///   - name: lower-case letters, digits and `_`.
    ///   - template: the name of a database without connections, of which the new one becomes a copy; `nil`: it is empty.
    ///   - url: of another database on the server.
    package static func createDatabase(_ name: String, copying template: String? = nil, at url: String) throws {
        try PostgreSQLConnection(url: url, role: .writer).createDatabase(name, copying: template)
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await readers.run(for: nil, body)
    }

    package func read<Value: Sendable>(
        for tenant: TenantID, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await readers.run(for: tenant, body)
    }

    package func write<Value: Sendable>(
        _ scope: WriteScope, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let writer =
            switch scope {
            case .tenant(let tenant): writers[PostgreSQLEngine.place(of: tenant, among: writers.count)]
            case .log, .everything: writers[0]
            case .claims: claimer
            case .counters: counter
            }
        return try await writer.run(scope, body)
    }

    private static func place(of tenant: TenantID, among count: Int) -> Int {
        withUnsafeBytes(of: tenant.uuid.uuid) { Int($0.suffix(4).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) % count }
    }

    package func appendAuditEvents(_ append: @escaping AppendAuditEvents) { auditAppender.begin(append) }

    /// Builds the indexes on a connection of their own.
    package func buildIndexes(_ statements: [SQL]) async throws {
        try await NIOThreadPool.singleton.runIfActive { [url] in
            let connection = try PostgreSQLConnection(url: url, role: .bulk)
            defer { connection.close() }
            try connection.buildIndexes(statements)
        }
    }

    /// A role sees other roles' transactions only with `pg_read_all_stats`. Prepared transactions are visible to all.
    package func vitals() async throws -> StoreVitals {
        let oldest = try await read { db in
            try db.row(
                """
                SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp() - MIN(since)) * 1000 AS BIGINT) FROM (
                    SELECT xact_start AS since FROM pg_stat_activity
                    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
                    UNION ALL SELECT prepared FROM pg_prepared_xacts WHERE database = current_database()) AS transactions
                """, []
            ) { try $0.optionalInteger(0) } ?? nil
        }
        return StoreVitals(oldestTransaction: oldest.map { .milliseconds(max(0, $0)) })
    }

    /// Writes the small table of keys to a new file, because vacuuming alone would leave the bytes of a deleted row in its page.
    /// The new file also contains rows that an older snapshot still sees, such as that of a dump in progress.
    @discardableResult
    package func scrubDeletedKeys() async throws -> Bool {
        try await NIOThreadPool.singleton.runIfActive { [url] in
            let connection = try PostgreSQLConnection(url: url, role: .writer)
            defer { connection.close() }
            return try connection.rewriteKeys()
        }
    }

    package func note(in outcomes: StoreOutcomes) { relay.note(in: outcomes) }

    package func checkOrigin(_ check: @escaping OriginCheck) { originChecker.begin(check) }

    package func close() async {
        for writer in writers + [claimer, counter] { await writer.close() }
        await readers.close()
        await relay.close()
    }
}
#endif
