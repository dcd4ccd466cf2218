internal import NIOPosix
internal import Synchronization

/// Keeps everything in one SQLite file: one writing connection whose transactions share commits, and a reading
/// connection for each reading thread.
package final class SQLiteEngine: SQLEngine {
    private let writer: SQLiteWriter
    private let readers: SQLiteReaders

    package let isExclusive = true

    /// Opens or makes the file.
    /// - Parameters:
    ///   - path: of the database file; its directory must exist.
    ///   - readingThreads: 1 or more.
    ///   - bells: rung after each commit that asked for it.
    package init(path: String, readingThreads: Int, bells: Bells) throws {
        writer = try SQLiteWriter(path: path, bells: bells)
        readers = try SQLiteReaders(path: path, threads: readingThreads)
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

    /// The value of a pragma on the writing connection, for tests.
    package func pragma(_ sql: SQL) async throws -> Int64? {
        try await write { try $0.row(sql, []) { try $0.integer(0) } }
    }
}

/// Reading connections, one for each thread of a pool.
private final class SQLiteReaders: Sendable {
    private let threads: NIOThreadPool
    private let state: Mutex<State>

    private struct State {
        /// Never short of one for a running thread: there are as many as threads.
        var idle: [Reader]
        var waiting = 0
        var isClosed = false
    }

    /// Hands a connection from one thread to the next.
    ///
    /// `@unchecked Sendable` holds because a connection is either in `idle`, touched by nobody, or taken out of it by
    /// exactly one thread, and the mutex orders the two.
    private struct Reader: @unchecked Sendable {
        let connection: SQLiteConnection
    }

    init(path: String, threads count: Int) throws {
        let connections = try (0..<max(1, count)).map { _ in
            Reader(connection: try SQLiteConnection(path: path, role: .reader))
        }
        state = Mutex(State(idle: connections))
        threads = NIOThreadPool(numberOfThreads: max(1, count))
        threads.start()
    }

    func run<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try state.withLock {
            guard !$0.isClosed else { throw StoreError.closed }
            guard $0.waiting < StoreLimits.waitingReads else { throw StoreError.overloaded }
            $0.waiting += 1
        }
        defer { state.withLock { $0.waiting -= 1 } }
        return try await threads.runIfActive { [self] in
            guard let reader = state.withLock({ $0.idle.popLast() }) else { throw StoreError.closed }
            defer { state.withLock { $0.idle.append(reader) } }
            try reader.connection.run("BEGIN", [])
            let result = Result { try body(reader.connection) }
            if !reader.connection.isOutsideTransaction { try reader.connection.run("COMMIT", []) }
            return try result.get()
        }
    }

    func close() async {
        state.withLock { $0.isClosed = true }
        try? await threads.shutdownGracefully()
        let readers = state.withLock { state in
            defer { state.idle = [] }
            return state.idle
        }
        for reader in readers { reader.connection.close() }
    }
}
