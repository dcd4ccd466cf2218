#if PostgreSQL
/// Keeps everything in a PostgreSQL database: one writing connection whose transactions share commits, and a reading
/// connection for each reading thread.
package final class PostgreSQLEngine: SQLEngine {
    private let writer: GroupCommitWriter<PostgreSQLConnection>
    private let readers: ReadingPool<PostgreSQLConnection>

    package let isExclusive: Bool

    /// Connects.
    /// - Parameters:
    ///   - url: `postgres://…`, with libpq's parameters (`sslmode` and so on).
    ///   - readingThreads: 1 or more.
    ///   - servesAlone: whether to keep other servers off the database, as long as the writing connection lives.
    ///   - bells: rung after each commit that asked for it.
    /// - Throws: `StoreError.unavailable`, also where another server serves the database.
    package init(url: String, readingThreads: Int, servesAlone: Bool, bells: Bells) throws {
        isExclusive = servesAlone
        writer = GroupCommitWriter(try PostgreSQLConnection(url: url, servesAlone: servesAlone), bells: bells)
        readers = try ReadingPool(threads: readingThreads) { try PostgreSQLConnection(url: url) }
    }

    /// Makes an empty database on a server.
    /// - Parameters:
    ///   - url: of another database there.
    ///   - name: lower-case letters, digits and `_`.
    package static func createDatabase(_ name: String, at url: String) throws {
        try PostgreSQLConnection(url: url).createDatabase(name)
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await readers.run(body)
    }

    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await writer.run(body)
    }

    package func close() async {
        await writer.close()
        await readers.close()
    }
}
#endif
