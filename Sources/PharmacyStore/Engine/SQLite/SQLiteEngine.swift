package import PharmacyDomain

/// Stores data in one SQLite file, with one writing connection whose transactions share commits and one connection for each
/// reading thread.
package final class SQLiteEngine: SQLEngine {
    private let writer: GroupCommitWriter
    private let readers: ReadingPool
    private let directReaders: DirectReaders
    private let upkeep: SQLiteUpkeep
    private let auditAppender = AuditAppender()
    private let originChecker = OriginChecker()

    package let isExclusive = true

    /// Opens the file, or creates it, readable only by its owner.
    /// - Parameters:
    ///   - path: of the database file; its directory must exist.
    ///   - readingThreads: 1 or more.
    ///   - directReads: how many reads of single records may run on their callers' threads at once.
    ///   - notifier: is notified after commits.
    /// - Throws: `DatabaseRefusal` for a file that is empty, truncated or no database; `StoreError`.
    package init(path: String, readingThreads: Int, directReads: Int = 0, notifier: ChangeNotifier) throws {
        if try !SQLiteFile.exists(at: path) { try SQLiteFile.make(at: path) }
        writer = GroupCommitWriter(
            try SQLiteConnection(path: path, role: .writer), auditAppender: auditAppender,
            originChecker: originChecker
        ) {
            notifier.notify($0)
        }
        readers = try ReadingPool(threads: readingThreads) { try SQLiteConnection(path: path, role: .reader) }
        directReaders = try DirectReaders(directReads) { try SQLiteConnection(path: path, role: .directReader) }
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

    package func readRecord<Value: Sendable>(
        for tenant: TenantID, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        if let value = try directReaders.run(body) { return value }
        return try await readers.run(for: tenant, body)
    }

    package func write<Value: Sendable>(
        _ scope: WriteScope, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await writer.run(scope, body)
    }

    package func appendAuditEvents(_ append: @escaping AppendAuditEvents) { auditAppender.begin(append) }

    @discardableResult
    package func checkpoint() async throws -> Bool { try await upkeep.checkpoint() }

    /// Transactions of other processes are not visible.
    package func vitals() async throws -> StoreVitals {
        let oldest = [writer.runningSince, readers.oldestStart].compactMap(\.self).min()
        return StoreVitals(
            logBytes: upkeep.logBytes, oldestTransaction: oldest.map { $0.duration(to: ContinuousClock.now) })
    }

    package func checkOrigin(_ check: @escaping OriginCheck) { originChecker.begin(check) }

    package func close() async {
        await upkeep.close()
        await writer.close()
        await readers.close()
        directReaders.close()
    }
}
