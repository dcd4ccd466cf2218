internal import NIOPosix
internal import Synchronization

/// Reading connections, one for each thread of a pool.
final class ReadingPool<Connection: TransactionalConnection>: Sendable {
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
        let connection: Connection
    }

    /// - Parameter count: of threads and connections, 1 or more.
    init(threads count: Int, connect: () throws -> Connection) throws {
        let connections = try (0..<max(1, count)).map { _ in Reader(connection: try connect()) }
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
            try reader.connection.beginReading()
            let result = Result { try body(reader.connection) }
            if !reader.connection.isOutsideTransaction { try reader.connection.commit() }
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
