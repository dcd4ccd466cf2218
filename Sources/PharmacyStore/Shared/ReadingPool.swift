internal import NIOPosix
internal import Synchronization

/// Reading connections, one for each thread of a pool.
final class ReadingPool<Connection: TransactionalConnection>: Sendable {
    private let threads: NIOThreadPool
    private let state: Mutex<State>
    private let wait: Duration

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

    /// - Parameters:
    ///   - count: of threads and connections, 1 or more.
    ///   - wait: how long a read may wait for a connection.
    init(threads count: Int, wait: Duration = StoreLimits.connectionWait, connect: () throws -> Connection) throws {
        let connections = try (0..<max(1, count)).map { _ in Reader(connection: try connect()) }
        self.wait = wait
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
        let latest = ContinuousClock.now + wait
        return try await threads.runIfActive { [self] in
            guard ContinuousClock.now <= latest else { throw StoreError.overloaded }
            guard let reader = state.withLock({ $0.idle.popLast() }) else { throw StoreError.closed }
            defer { state.withLock { $0.idle.append(reader) } }
            return try ReadingPool.read(body, on: reader.connection)
        }
    }

    /// Reads in one transaction, and in another where its connection turns out to be lost.
    private static func read<Value>(
        _ body: (any SQLConnection) throws -> Value, on connection: Connection
    ) throws -> Value {
        for _ in 1..<StoreLimits.transactionTries {
            let result = Result { try readOnce(body, on: connection) }
            if case .failure = result, connection.isWorthRepeating { continue }
            return try result.get()
        }
        return try readOnce(body, on: connection)
    }

    private static func readOnce<Value>(
        _ body: (any SQLConnection) throws -> Value, on connection: Connection
    ) throws -> Value {
        connection.effects = AfterCommitEffects()
        try connection.beginReading()
        let result = Result { try body(connection) }
        // A read sees what was committed, and nothing else.
        connection.effects.apply(isCommitted: true)
        connection.effects = AfterCommitEffects()
        if !connection.isOutsideTransaction { try connection.endReading() }
        return try result.get()
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
