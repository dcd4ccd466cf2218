internal import Glibc
internal import Synchronization

/// Connections on which short reads run on the threads of their callers: to wake a thread of `ReadingPool` takes longer than such a
/// read. There are fewer of them than the processor has cores, so that one thread at least goes on while a disk is stuck. A read
/// that finds none free waits for about as long as another takes, and then goes to the pool.
final class DirectReaders: Sendable {
    private struct State {
        var idle: [Reader]
        var isClosed = false
    }

    /// `@unchecked Sendable` holds because a connection is either in `idle`, where no thread uses it, or removed from there by
    /// exactly one thread, and the mutex orders the two.
    private struct Reader: @unchecked Sendable {
        let connection: any TransactionalConnection
    }

    private let count: Int
    private let state: Mutex<State>

    /// - Parameter count: the number of connections; 0: every read goes to the pool.
    init(_ count: Int, connect: () throws -> any TransactionalConnection) throws {
        self.count = count
        state = Mutex(State(idle: try (0..<count).map { _ in Reader(connection: try connect()) }))
    }

    /// Runs a read that takes some microseconds.
    /// - Returns: `nil` if no connection is free, or if the read would take longer.
    func run<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value? {
        guard let reader = take() else { return nil }
        defer { giveBack(reader) }
        var value: Value?
        do {
            try ReadingPool.readOnce({ value = try body($0) }, on: reader.connection)
        } catch is LongRead {
            return nil
        }
        return value
    }

    private func take() -> Reader? {
        if count == 0 { return nil }
        for _ in 1...StoreLimits.directReadAttempts {
            let (reader, isClosed) = state.withLock { ($0.isClosed ? nil : $0.idle.popLast(), $0.isClosed) }
            if reader != nil || isClosed { return reader }
            sched_yield()
        }
        return nil
    }

    private func giveBack(_ reader: Reader) {
        let isClosed = state.withLock { state in
            if !state.isClosed { state.idle.append(reader) }
            return state.isClosed
        }
        if isClosed { reader.connection.close() }
    }

    /// Closes the connections; one that is in use closes at the end of its read.
    func close() {
        let idle = state.withLock { state in
            state.isClosed = true
            defer { state.idle = [] }
            return state.idle
        }
        for reader in idle { reader.connection.close() }
    }
}
