internal import NIOPosix
internal import PharmacyDomain
internal import Synchronization

/// A pool of reading connections with one thread for each.
final class ReadingPool: Sendable {
    /// A read that waits for its turn or is in progress.
    private final class Read: Sendable {
        let arrival: ContinuousClock.Instant
        let latestStart: ContinuousClock.Instant
        let deadline: ContinuousClock.Instant
        /// When the connection aborts a read whose caller no longer waits: until then the pages that it reads are of use to the
        /// next one.
        let connectionDeadline: ContinuousClock.Instant
        let body: TransactionBody
        let pending: PendingResult

        init(wait: Duration, body: @escaping TransactionBody, pending: PendingResult) {
            let arrival = ContinuousClock.now
            let limit = TransactionTimeLimit.current
            self.arrival = arrival
            latestStart = arrival + (limit ?? StoreWaitingTime.rest(of: wait))
            deadline = arrival + (limit ?? StoreWaitingTime.rest(of: max(wait, StoreLimits.transactionTimeout)))
            connectionDeadline = max(deadline, arrival + StoreLimits.statementTimeout)
            self.body = body
            self.pending = pending
        }
    }

    private static let tookTooLong = StoreFault(
        .timedOut, "a read took too long: check the load of the database and of its disk")

    private let threads: NIOThreadPool
    private let state: Mutex<State>
    private let wait: Duration
    private let timer = DeadlineTimer()

    private struct State {
        /// There are as many readers as threads, so that a running thread always finds one.
        var idle: [Reader]
        var waiting = FairQueue<TenantID?, Read>(capacity: StoreLimits.waitingReads) { $0 == nil }
        /// One element for each reader.
        var running: [(read: Read, since: ContinuousClock.Instant)?]
        var isClosed = false
    }

    /// `@unchecked Sendable` holds because a connection is either in `idle`, where no thread uses it, or removed from there by
    /// exactly one thread, and the mutex orders the two.
    private struct Reader: @unchecked Sendable {
        let connection: any TransactionalConnection
        let number: Int
    }

    /// - Parameters:
    ///   - count: the number of threads and connections, 1 or more.
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

    /// - Parameter tenant: the tenant whose lane the read waits in; `nil` for reads of the system, which have a lane of their
    ///   own.
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
        // The action also covers the read's deadline: it returns the next one.
        timer.set(read.latestStart, { [weak self] in self?.endOverdue() })
        threads.submit { [self] state in
            if case .active = state { next() } else { refuseAll() }
        }
    }

    /// Runs the read that has its turn. Each read that was added has submitted one call of this to the threads.
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

    /// Fails the reads that are overdue, whatever their threads wait for.
    /// - Returns: when the next read will be overdue.
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

    /// When the oldest read in progress began; `nil` where there is none.
    var oldestStart: ContinuousClock.Instant? { state.withLock { $0.running.compactMap { $0?.since }.min() } }

    /// Runs a read in one transaction, and again where its connection turns out to be lost.
    private static func read(_ body: TransactionBody, on connection: any TransactionalConnection) throws {
        for _ in 1..<StoreLimits.transactionAttempts {
            do {
                return try readOnce(body, on: connection)
            } catch {
                guard connection.isRetryable else { throw error }
            }
        }
        try readOnce(body, on: connection)
    }

    static func readOnce(_ body: (any SQLConnection) throws -> Void, on connection: any TransactionalConnection) throws
    {
        connection.effects = AfterCommitEffects()
        try connection.beginReading()
        let result = Result { try body(connection) }
        // A read sees only committed data.
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
