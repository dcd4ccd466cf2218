internal import NIOPosix
internal import PharmacyDomain
internal import Synchronization

/// Reading connections, one for each thread of a pool.
final class ReadingPool: Sendable {
    /// A read that waits or is in progress.
    private final class Read: Sendable {
        let arrival: ContinuousClock.Instant
        let latestStart: ContinuousClock.Instant
        let deadline: ContinuousClock.Instant
        /// When the connection gives up what its caller waits for no longer: what it reads may be of use to the next.
        let connectionDeadline: ContinuousClock.Instant
        let body: TransactionBody
        let pending: PendingResult

        init(wait: Duration, body: @escaping TransactionBody, pending: PendingResult) {
            let arrival = ContinuousClock.now
            let limit = TransactionTimeLimit.current
            self.arrival = arrival
            latestStart = arrival + (limit ?? StoreWaitingTime.left(of: wait))
            deadline = arrival + (limit ?? StoreWaitingTime.left(of: max(wait, StoreLimits.transactionTime)))
            connectionDeadline = max(deadline, arrival + StoreLimits.statementTimeout)
            self.body = body
            self.pending = pending
        }
    }

    private static let tookTooLong = StoreFault(
        .timedOut, "a read took too long: look at the load of the database and of its disk")

    private let threads: NIOThreadPool
    private let state: Mutex<State>
    private let wait: Duration
    private let alarm = Alarm()

    private struct State {
        /// Never short of one for a running thread: there are as many as threads.
        var idle: [Reader]
        var waiting = FairQueue<TenantID?, Read>(places: StoreLimits.waitingReads) { $0 == nil }
        /// For each of the readers.
        var running: [(read: Read, since: ContinuousClock.Instant)?]
        var isClosed = false
    }

    /// Hands a connection from one thread to the next.
    ///
    /// `@unchecked Sendable` holds because a connection is either in `idle`, touched by nobody, or taken out of it by
    /// exactly one thread, and the mutex orders the two.
    private struct Reader: @unchecked Sendable {
        let connection: any TransactionalConnection
        let number: Int
    }

    /// - Parameters:
    ///   - count: of threads and connections, 1 or more.
    ///   - wait: how long a read may wait for a connection.
    init(
        threads count: Int, wait: Duration = StoreLimits.connectionWait,
        connect: () throws -> any TransactionalConnection
    ) throws {
        let connections = try (0..<max(1, count)).map { Reader(connection: try connect(), number: $0) }
        self.wait = wait
        state = Mutex(State(idle: connections, running: connections.map { _ in nil }))
        threads = NIOThreadPool(numberOfThreads: max(1, count))
        threads.start()
    }

    /// - Parameter tenant: whose places the read takes while it waits; `nil`: nobody's.
    func run<Value: Sendable>(
        for tenant: TenantID?, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let value = TransactionValue<Value>()
        try await perform(for: tenant) { value.set(try body($0)) }
        return try value.get()
    }

    private func perform(for tenant: TenantID?, _ body: @escaping TransactionBody) async throws {
        try await StoreWaitingTime.counting {
            try await PendingResult.awaited(isShared: tenant == nil) { enqueue(body, for: tenant, $0) }
        }
    }

    private func enqueue(_ body: @escaping TransactionBody, for tenant: TenantID?, _ pending: PendingResult) {
        let read = Read(wait: wait, body: body, pending: pending)
        let (refused, error): (Read?, StoreError) = state.withLock { state in
            if state.isClosed { return (read, .closed) }
            return (state.waiting.append(read, to: tenant), .overloaded)
        }
        refused?.pending.fail(error)
        guard refused !== read else { return }
        // It rings before the read's deadline, too, and then says when to ring next.
        alarm.set(read.latestStart, { [weak self] in self?.endOverdue() })
        threads.submit { [self] state in
            if case .active = state { next() } else { refuseAll() }
        }
    }

    /// Does the read whose turn it is; each that came has asked for a thread once.
    private func next() {
        typealias Turn = (read: Read, reader: Reader, start: ContinuousClock.Instant)
        let (taken, late): (Turn?, Read?) = state.withLock { state in
            let now = ContinuousClock.now
            guard state.waiting.nextLane(at: now) != nil, let read = state.waiting.popFirst() else {
                return (nil, nil)
            }
            guard now <= read.latestStart else { return (nil, read) }
            guard read.pending.begin() else { return (nil, nil) }
            guard let reader = state.idle.popLast() else { return (nil, read) }
            state.running[reader.number] = (read, now)
            return ((read, reader, now), nil)
        }
        late?.pending.fail(StoreError.overloaded)
        guard let (read, reader, start) = taken else { return }
        StoreWaits.note(.read, since: read.arrival, until: start)
        reader.connection.deadline = read.connectionDeadline
        let result = Result { try ReadingPool.read(read.body, on: reader.connection) }
        state.withLock { state in
            state.running[reader.number] = nil
            state.idle.append(reader)
        }
        read.pending.resume(with: result)
    }

    /// Tells those who have waited for long enough, whatever their reads' threads wait for.
    /// - Returns: when the next will have.
    private func endOverdue() -> ContinuousClock.Instant? {
        let now = ContinuousClock.now
        let (waiting, running, next) = state.withLock { state in
            let waiting = state.waiting.removeAll { $0.latestStart <= now }
            let running = state.running.compactMap { $0?.read }.filter { $0.deadline <= now }
            let later = state.running.compactMap { $0?.read.deadline }.filter { $0 > now }
            let next = (later + [state.waiting.earliest(\.latestStart)].compactMap(\.self)).min()
            return (waiting, running, next)
        }
        for read in waiting { read.pending.fail(StoreError.overloaded) }
        for read in running { read.pending.fail(StoreError.unavailable(ReadingPool.tookTooLong)) }
        return next
    }

    /// When the oldest of the reads in progress began; `nil` where there is none.
    var oldestStart: ContinuousClock.Instant? { state.withLock { $0.running.compactMap { $0?.since }.min() } }

    /// Reads in one transaction, and in another where its connection turns out to be lost.
    private static func read(_ body: TransactionBody, on connection: any TransactionalConnection) throws {
        for _ in 1..<StoreLimits.transactionTries {
            do {
                return try readOnce(body, on: connection)
            } catch {
                guard connection.isRetryable else { throw error }
            }
        }
        try readOnce(body, on: connection)
    }

    private static func readOnce(_ body: TransactionBody, on connection: any TransactionalConnection) throws {
        connection.effects = AfterCommitEffects()
        try connection.beginReading()
        let result = Result { try body(connection) }
        // A read sees what was committed, and nothing else.
        connection.effects.apply(isCommitted: true)
        connection.effects = AfterCommitEffects()
        if !connection.isIdle { try connection.endReading() }
        try result.get()
    }

    private func refuseAll() {
        for read in state.withLock({ $0.waiting.removeAll() }) { read.pending.fail(StoreError.closed) }
    }

    func close() async {
        state.withLock { $0.isClosed = true }
        try? await threads.shutdownGracefully()
        refuseAll()
        let readers = state.withLock { state in
            defer { state.idle = [] }
            return state.idle
        }
        for reader in readers { reader.connection.close() }
    }
}
