internal import Glibc
internal import NIOPosix
internal import PharmacyDomain
internal import Synchronization

/// Runs writes on one connection. Writes that arrive during a commit share the next one (group commit), and all of them wait
/// for the same flush to disk. `BatchTransaction` isolates them from each other.
///
/// Writes of one tenant run in their order, and tenants take turns. A write whose tenant is locked by another transaction is
/// put back and tried again soon, while the others continue. A caller waits no longer than its deadline, even where the thread
/// is stuck; the outcome of its write is then unknown.
final class GroupCommitWriter: Sendable {
    private struct State {
        var waiting = FairQueue<WriteScope, WaitingWrite>(capacity: StoreLimits.waitingWrites) { scope in
            !scope.isOfOneTenant
        }
        /// The batch in progress, without the writes whose callers no longer wait.
        var running: [WaitingWrite] = []
        var runningSince: ContinuousClock.Instant?
        var isDraining = false
        var isClosed = false

        /// Whether all accepted writes of a closed writer have ended.
        var hasEnded: Bool { isClosed && !isDraining && waiting.isEmpty }

        /// Marks the writer as draining where it must begin to.
        /// - Returns: whether it must.
        mutating func beginDraining(at now: ContinuousClock.Instant) -> Bool {
            guard !isDraining, waiting.nextLane(at: now) != nil else { return false }
            isDraining = true
            return true
        }

        /// When the next write is overdue, or the next paused lane resumes.
        var nextCheck: ContinuousClock.Instant? {
            [waiting.earliest(\.latestStart), running.map(\.deadline).min(), isDraining ? nil : waiting.nextResumption]
                .compactMap(\.self).min()
        }
    }

    /// `@unchecked Sendable` holds because only `drain` touches it, of which one runs at a time on the one thread.
    private struct Exclusive: @unchecked Sendable {
        let transaction: BatchTransaction
    }

    private let writing: Exclusive
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let state = Mutex(State())
    private let timer = DeadlineTimer()
    /// Sent when all accepted writes have ended after `close`.
    private let ended = AsyncSignal<Void>(.forever)
    private let limits: WriterLimits
    private let notify: @Sendable (CommitNotice) -> Void

    /// - Parameter notify: called after a commit with what the transaction tells others, unless that is nothing.
    init(
        _ connection: any TransactionalConnection, limits: WriterLimits = WriterLimits(), auditAppender: AuditAppender,
        originChecker: OriginChecker = OriginChecker(), notify: @escaping @Sendable (CommitNotice) -> Void
    ) {
        writing = Exclusive(
            transaction: BatchTransaction(
                connection: connection, auditAppender: auditAppender, originChecker: originChecker))
        self.limits = limits
        self.notify = notify
        thread.start()
    }

    func run<Value: Sendable>(
        _ scope: WriteScope, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let value = TransactionValue<Value>()
        try await perform(scope) { value.set(try body($0)) }
        return try value.get()
    }

    private func perform(_ scope: WriteScope, _ body: @escaping TransactionBody) async throws {
        try await StoreWaitingTime.counting {
            try await PendingResult.awaited(isShared: !scope.isOfOneTenant) { pending in
                enqueue(WaitingWrite(scope: scope, wait: limits.wait, body: body, pending: pending))
            }
        }
    }

    /// When the transaction in progress began; `nil` where there is none.
    var runningSince: ContinuousClock.Instant? { state.withLock(\.runningSince) }

    /// Waits for the accepted writes, then closes the connection. Cancellation does not end the wait: the connection is in use
    /// until then.
    func close() async {
        let hasEnded = state.withLock { state in
            state.isClosed = true
            return state.hasEnded
        }
        if hasEnded { ended.send() }
        await ended.waitIgnoringCancellation()
        try? await thread.shutdownGracefully()
        writing.transaction.connection.close()
    }

    // MARK: The queue

    private func enqueue(_ write: WaitingWrite) {
        let (refused, error, mustStart): (WaitingWrite?, StoreError, Bool) = state.withLock { state in
            if state.isClosed { return (write, .closed, false) }
            let refused = state.waiting.append(write, to: write.scope)
            return (refused, .overloaded, refused !== write && state.beginDraining(at: .now))
        }
        refused?.pending.fail(error)
        if refused !== write { setTimer(write.latestStart) }
        if mustStart { startDraining() }
    }

    private func setTimer(_ moment: ContinuousClock.Instant) {
        timer.set(moment, { [weak self] in self?.endOverdue() })
    }

    /// Fails the writes that are overdue, whatever the thread waits for, and starts draining where a paused lane resumes.
    /// - Returns: when to check again.
    private func endOverdue() -> ContinuousClock.Instant? {
        let now = ContinuousClock.now
        let (waiting, running, hasEnded, mustStart, next) = state.withLock { state in
            let waiting = state.waiting.removeAll { $0.latestStart <= now }
            let running = state.running.filter { $0.deadline <= now }
            state.running.removeAll { $0.deadline <= now }
            let mustStart = state.beginDraining(at: now)
            return (waiting, running, state.hasEnded, mustStart, state.nextCheck)
        }
        for write in waiting { write.pending.fail(write.refusal) }
        for write in running { write.pending.fail(StoreError.outcomeUnknown) }
        if hasEnded { ended.send() }
        if mustStart { startDraining() }
        return next
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
            commit(batch)
        }
        let (hasEnded, next) = state.withLock { ($0.hasEnded, $0.nextCheck) }
        if let next { setTimer(next) }
        if hasEnded { ended.send() }
    }

    private func refuseAll() {
        let (waiting, hasEnded) = state.withLock { state in
            state.isDraining = false
            let waiting = state.waiting.removeAll()
            return (waiting, state.hasEnded)
        }
        for write in waiting { write.pending.fail(StoreError.closed) }
        if hasEnded { ended.send() }
    }

    /// The writes that share the next commit: one of each lane in turn, those of a tenant in their order. A write of
    /// everything is alone in its batch. So are the writes of a lane that was put back, because they wait for its lock, and
    /// no other write should wait with them.
    private func nextBatch() -> [WaitingWrite] {
        while true {
            let (batch, late, isEmpty, now) = state.withLock { state in
                let now = ContinuousClock.now
                var batch = takeBatch(from: &state, at: now)
                let isEmpty = batch.isEmpty
                let late = batch.filter { $0.latestStart < now }
                batch.removeAll { $0.latestStart < now || !$0.pending.begin() }
                if isEmpty { state.isDraining = false }
                state.running = batch
                state.runningSince = batch.isEmpty ? nil : now
                return (batch, late, isEmpty, now)
            }
            for write in late { write.pending.fail(write.refusal) }
            for write in batch where !write.isPutBack { StoreWaits.note(.write, since: write.arrival, until: now) }
            if let deadline = batch.map(\.deadline).min() { setTimer(deadline) }
            if !batch.isEmpty || isEmpty { return batch }
        }
    }

    private func takeBatch(from state: inout State, at now: ContinuousClock.Instant) -> [WaitingWrite] {
        var batch: [WaitingWrite] = []
        while batch.count < limits.writesPerCommit, let lane = state.waiting.nextLane(at: now) {
            if lane == .everything || state.waiting.setbacks(of: lane) > 0 {
                guard batch.isEmpty else { break }
                return state.waiting.removeFirst(lane == .everything ? 1 : limits.writesPerCommit)
            }
            if let write = state.waiting.popFirst() { batch.append(write) }
        }
        return batch
    }

    // MARK: A batch

    private func commit(_ batch: [WaitingWrite]) {
        let connection = writing.transaction.connection
        let deadline = batch.map(\.deadline).max() ?? .now
        connection.deadline = deadline
        for attempt in 1... {
            connection.effects = AfterCommitEffects()
            let outcome = writing.transaction.run(batch)
            if outcome.failure != nil, connection.isRetryable, attempt < StoreLimits.transactionAttempts,
                .now < deadline
            {
                // The other transaction goes first; this thread has nothing else to do.
                _ = poll(nil, 0, CInt.random(in: 1...CInt(StoreLimits.repetitionPause.milliseconds)))
                continue
            }
            finish(batch, outcome, on: connection)
            return
        }
    }

    /// Resumes the callers with their results, and puts back the writes whose locks another transaction holds.
    private func finish(_ batch: [WaitingWrite], _ outcome: BatchOutcome, on connection: any TransactionalConnection) {
        let isLockedOut = outcome.failure != nil && connection.isLockedOut
        let isBlocked = batch.map { isLockedOut || outcome.heldScopes.contains($0.scope) }
        // Whether the batch has not got its lock in time: then others have their turn before it waits again. A write that
        // only found its lock taken waits for the lock in its next turn.
        let hasWaited = isLockedOut && (!connection.isInstallationLockedOut || batch.first?.scope == .everything)
        let effects = connection.effects
        connection.effects = AfterCommitEffects()
        effects.apply(isCommitted: outcome.failure == nil)
        for (index, write) in batch.enumerated() where !isBlocked[index] {
            write.pending.resume(with: outcome.result(ofWrite: index))
        }
        // A notification without a commit does no harm: the service that it wakes finds nothing to do.
        if outcome.failure == nil || outcome.failure == .outcomeUnknown, !effects.notice.isEmpty {
            notify(effects.notice)
        }
        state.withLock { state in
            if isBlocked.contains(true) {
                let blocked = zip(batch, isBlocked).filter(\.1).map(\.0)
                Self.putBack(blocked, hasWaited: hasWaited, isLockedOut: isLockedOut, in: &state)
            }
            if !isLockedOut {
                for scope in outcome.scopes.subtracting(outcome.heldScopes) { state.waiting.noteProgress(of: scope) }
            }
            state.running = []
            state.runningSince = nil
        }
    }

    private static func putBack(
        _ blocked: [WaitingWrite], hasWaited: Bool, isLockedOut: Bool, in state: inout State
    ) {
        // A write whose caller no longer waits is not tried again.
        let awaited = blocked.filter { write in state.running.contains { $0 === write } }
        for (lane, writes) in Dictionary(grouping: awaited, by: \.scope) {
            let setbacks = (writes.first?.setbacks ?? 0) + (hasWaited || !isLockedOut ? 1 : 0)
            for write in writes { write.noteSetbacks(setbacks) }
            var pause = hasWaited ? Self.pause(after: setbacks) : .zero
            // As long as all others have waited for it.
            if lane == .everything { pause = max(pause, StoreLimits.exclusiveLockTimeout) }
            state.waiting.putBack(writes, to: lane, setbacks: setbacks, until: .now + pause)
        }
    }

    private static func pause(after setbacks: Int) -> Duration {
        min(StoreLimits.lockPause * (1 << min(max(setbacks - 1, 0), 10)), StoreLimits.lockPauseLimit)
    }
}
