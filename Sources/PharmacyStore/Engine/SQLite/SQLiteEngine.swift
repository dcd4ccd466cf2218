package import PharmacyDomain

/// Keeps everything in one SQLite file: one writing connection whose transactions share commits, and a reading
/// connection for each reading thread.
package final class SQLiteEngine: SQLEngine {
    private let writer: GroupCommitWriter
    private let readers: ReadingPool
    private let upkeep: SQLiteUpkeep
    private let auditKeeper = AuditKeeper()
    private let incarnationKeeper = IncarnationKeeper()

    package let isExclusive = true

    /// Opens the file, or makes it, for its owner alone.
    /// - Parameters:
    ///   - path: of the database file; its directory must exist.
    ///   - readingThreads: 1 or more.
    ///   - bells: rung after each commit that asked for it.
    /// - Throws: `DatabaseRefusal` for a file that is empty, truncated or no database, `StoreError`.
    package init(path: String, readingThreads: Int, notifier: ChangeNotifier) throws {
        if try !SQLiteFile.exists(at: path) { try SQLiteFile.make(at: path) }
        writer = GroupCommitWriter(
            try SQLiteConnection(path: path, role: .writer), auditKeeper: auditKeeper,
            incarnationKeeper: incarnationKeeper
        ) {
            notifier.notify($0)
        }
        readers = try ReadingPool(threads: readingThreads) { try SQLiteConnection(path: path, role: .reader) }
        upkeep = try SQLiteUpkeep(path: path)
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
        try await writer.run(scope, body)
    }

    package func keepAuditLines(_ keep: @escaping AuditKeeping) { auditKeeper.begin(keep) }

    @discardableResult
    package func checkpoint() async throws -> Bool { try await upkeep.checkpoint() }

    /// Transactions of other processes cannot be seen.
    package func vitals() async throws -> StoreVitals {
        let oldest = [writer.runningSince, readers.oldestStart].compactMap(\.self).min()
        return StoreVitals(
            logBytes: upkeep.logBytes, oldestTransaction: oldest.map { $0.duration(to: ContinuousClock.now) })
    }

    package func confirmIncarnation(_ confirm: @escaping IncarnationConfirming) { incarnationKeeper.begin(confirm) }

    package func close() async {
        await upkeep.close()
        await writer.close()
        await readers.close()
    }

    /// The value of a pragma on the writing connection, for tests.
    package func pragma(_ sql: SQL) async throws -> Int64? {
        try await write { try $0.row(sql, []) { try $0.integer(0) } }
    }
}
