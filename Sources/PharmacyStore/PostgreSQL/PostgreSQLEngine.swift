#if PostgreSQL
/// Keeps everything in a PostgreSQL database: one writing connection whose transactions share commits, and a reading
/// connection for each reading thread. Any number of nodes may serve one database.
package final class PostgreSQLEngine: SQLEngine {
    private let writer: GroupCommitWriter<PostgreSQLConnection>
    private let readers: ReadingPool<PostgreSQLConnection>

    private let relay: PostgreSQLBellRelay

    package let isExclusive = false

    /// Connects.
    /// - Parameters:
    ///   - url: `postgres://…`, with libpq's parameters (`sslmode` and so on).
    ///   - readingThreads: 1 or more.
    ///   - bells: rung after each commit that asked for it, here or on another node.
    /// - Throws: `StoreError.unavailable`.
    package init(url: String, readingThreads: Int, bells: Bells) throws {
        let relay = try PostgreSQLBellRelay(PostgreSQLConnection(url: url), bells: bells)
        self.relay = relay
        writer = GroupCommitWriter(try PostgreSQLConnection(url: url)) { rung in
            bells.ring(rung)
            relay.tell(rung)
        }
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
        await relay.close()
    }
}
#endif
