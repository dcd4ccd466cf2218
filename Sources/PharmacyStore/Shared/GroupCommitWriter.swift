internal import DequeModule
internal import Glibc
internal import NIOPosix
internal import PharmacyDomain
internal import Synchronization

/// One writing connection. Writes that arrive while a commit is under way share the next one (group commit): each runs
/// in a savepoint of its own, so one that fails fails alone, and all of them wait for the same flush to disk.
final class GroupCommitWriter<Connection: TransactionalConnection>: Sendable {
    /// A write that waits. `perform` runs it inside the open transaction and returns what tells its caller the end:
    /// called with `nil` after the commit, with an error when nothing was kept, which a failure of its own overrides.
    private struct Job: Sendable {
        let scope: WriteScope
        let arrival = ContinuousClock.now
        let perform: @Sendable (Connection, _ isAlone: Bool) -> Ending
        let refuse: @Sendable (StoreError) -> Void
    }

    private typealias Ending = @Sendable (StoreError?) -> Void

    private struct State {
        var waiting: Deque<Job> = []
        var isDraining = false
        var isClosed = false
        var closing: [CheckedContinuation<Void, Never>] = []
    }

    /// `@unchecked Sendable` holds because only `drain`, of which one runs at a time on the one thread, touches it.
    private struct Exclusive: @unchecked Sendable {
        let connection: Connection
    }

    private let writing: Exclusive
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let state = Mutex(State())
    private let limits: WriterLimits
    private let auditKeeper: AuditKeeper
    private let ring: @Sendable (Set<StoreBell>) -> Void

    /// - Parameter ring: called after a commit that left something to do.
    init(
        _ connection: Connection, limits: WriterLimits = WriterLimits(), auditKeeper: AuditKeeper,
        ring: @escaping @Sendable (Set<StoreBell>) -> Void
    ) {
        writing = Exclusive(connection: connection)
        self.limits = limits
        self.auditKeeper = auditKeeper
        self.ring = ring
        thread.start()
    }

    func run<Value: Sendable>(
        _ scope: WriteScope, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
            enqueue(
                Job(
                    scope: scope,
                    perform: { connection, isAlone in
                        let result = GroupCommitWriter.attempt(body, on: connection, isAlone: isAlone)
                        return { failure in
                            if let failure, case .success = result {
                                continuation.resume(throwing: failure)
                            } else {
                                continuation.resume(with: result)
                            }
                        }
                    },
                    refuse: { continuation.resume(throwing: $0) }))
        }
    }

    /// Runs a body so that its failure leaves nothing behind. Alone in its transaction it needs no savepoint: the
    /// failure rolls back the transaction.
    private static func attempt<Value>(
        _ body: (any SQLConnection) throws -> Value, on connection: Connection, isAlone: Bool
    ) -> Result<Value, any Error> {
        if isAlone {
            let result = Result { try body(connection) }
            if case .failure = result, !connection.isOutsideTransaction { try? connection.rollBack() }
            return result
        }
        let before = connection.effects
        do {
            try connection.savepoint()
            let value = try body(connection)
            try connection.release()
            return .success(value)
        } catch {
            connection.effects = before
            return .failure(rolledBack(connection) ?? error)
        }
    }

    /// Takes a failed write back. Where that fails, too, nothing of the transaction can be relied on.
    private static func rolledBack(_ connection: Connection) -> (any Error)? {
        guard !connection.isOutsideTransaction else { return nil }
        do {
            try connection.rollBackToSavepoint()
            return nil
        } catch {
            try? connection.rollBack()
            return error
        }
    }

    private func enqueue(_ job: Job) {
        let (refusal, mustStart): (StoreError?, Bool) = state.withLock { state in
            if state.isClosed { return (.closed, false) }
            if state.waiting.count >= StoreLimits.waitingWrites { return (.overloaded, false) }
            state.waiting.append(job)
            defer { state.isDraining = true }
            return (nil, !state.isDraining)
        }
        if let refusal { job.refuse(refusal) }
        if mustStart { startDraining() }
    }

    private func startDraining() {
        thread.submit { [self] state in
            if case .active = state { drain() } else { refuseAll() }
        }
    }

    private func drain() {
        while true {
            let batch = nextBatch()
            if batch.isEmpty { break }
            let earliest = ContinuousClock.now - limits.wait
            for job in batch where job.arrival < earliest { job.refuse(.overloaded) }
            let timely = batch.filter { $0.arrival >= earliest }
            if !timely.isEmpty { commit(timely) }
        }
        let closing = state.withLock { state in
            guard state.isClosed, !state.isDraining else { return [CheckedContinuation<Void, Never>]() }
            defer { state.closing = [] }
            return state.closing
        }
        for continuation in closing { continuation.resume() }
    }

    /// The writes that share the next commit, in the order in which they came: one beside which nothing may run is alone.
    private func nextBatch() -> [Job] {
        state.withLock { state in
            var batch: [Job] = []
            while let job = state.waiting.first, batch.count < limits.writesPerCommit {
                if job.scope == .everything, !batch.isEmpty { break }
                batch.append(job)
                state.waiting.removeFirst()
                if job.scope == .everything { break }
            }
            if batch.isEmpty { state.isDraining = false }
            return batch
        }
    }

    private func commit(_ batch: [Job]) {
        let connection = writing.connection
        for repetition in 1... {
            connection.effects = AfterCommitEffects()
            let (endings, failure) = attempt(batch, on: connection)
            if failure != nil, connection.isWorthRepeating, repetition < StoreLimits.transactionTries {
                // The other goes first; this thread has nothing else to do.
                _ = poll(nil, 0, CInt.random(in: 1...CInt(StoreLimits.repetitionPause.milliseconds)))
                continue
            }
            let effects = connection.effects
            connection.effects = AfterCommitEffects()
            effects.apply(isCommitted: failure == nil)
            for (job, ending) in zip(batch, endings) {
                if let ending { ending(failure) } else { job.refuse(failure ?? .unavailable("the transaction failed")) }
            }
            if failure == nil, !effects.bells.isEmpty { ring(effects.bells) }
            return
        }
    }

    /// Runs a batch in one transaction.
    /// - Returns: for each write what tells its caller the end, `nil` where it was not run; and why nothing was kept.
    private func attempt(_ batch: [Job], on connection: Connection) -> (endings: [Ending?], failure: StoreError?) {
        var endings = [Ending?](repeating: nil, count: batch.count)
        let isAlone = batch.count == 1
        do {
            try connection.beginWriting(Set(batch.map(\.scope)))
            // What waits for locks must not be told as one write's failure.
            if !isAlone { try connection.flush() }
            for (index, job) in batch.enumerated() {
                endings[index] = job.perform(connection, isAlone)
                // A full disk, or a lost connection, rolls back everything; what follows must not run outside.
                if connection.isOutsideTransaction || connection.isWorthRepeating {
                    throw StoreError.unavailable("the transaction was rolled back")
                }
            }
            let events = connection.effects.auditEvents
            if !events.isEmpty { try auditKeeper.keep(events, in: connection) }
            try connection.commit()
            return (endings, nil)
        } catch {
            if !connection.isOutsideTransaction { try? connection.rollBack() }
            return (endings, error as? StoreError ?? .unavailable("the transaction failed"))
        }
    }

    private func refuseAll() {
        let waiting = state.withLock { state in
            defer {
                state.waiting = []
                state.isDraining = false
            }
            return Array(state.waiting)
        }
        for job in waiting { job.refuse(.closed) }
    }

    /// Waits for the writes that were accepted, then closes the connection.
    func close() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isIdle = state.withLock { state in
                state.isClosed = true
                if state.isDraining { state.closing.append(continuation) }
                return !state.isDraining
            }
            if isIdle { continuation.resume() }
        }
        try? await thread.shutdownGracefully()
        writing.connection.close()
    }
}

/// How much a writer takes on.
struct WriterLimits {
    /// Writes that share a commit, 1 or more.
    var writesPerCommit = StoreLimits.writesPerCommit
    /// How long a write may wait for its turn.
    var wait = StoreLimits.connectionWait
}

/// Writes the audit lines of a transaction; told how when the chain's key is known.
final class AuditKeeper: Sendable {
    private let keeping = Mutex<AuditKeeping?>(nil)

    func begin(_ keep: @escaping AuditKeeping) { keeping.withLock { $0 = keep } }

    func keep(_ events: [AuditEvent], in db: any SQLConnection) throws {
        guard let keep = keeping.withLock(\.self) else { throw StoreError.broken("the audit log was not opened") }
        try keep(events, db)
    }
}
