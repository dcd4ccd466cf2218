internal import Glibc
internal import NIOPosix
internal import PharmacyDomain
internal import Synchronization

/// One writing connection. Writes that arrive while a commit is under way share the next one (group commit): each runs
/// in a savepoint of its own, so one that fails fails alone, and all of them wait for the same flush to disk.
///
/// Those of a tenant come in their order; tenants take turns. A write whose tenant is held by another transaction is put
/// back and tried again soon, while the others go on. A caller waits no longer than its deadline, also where the thread is
/// stuck: what becomes of its write is then not known.
final class GroupCommitWriter: Sendable {
    private typealias Job = WaitingWrite

    private struct State {
        var waiting = FairQueue<WriteScope, Job>(places: StoreLimits.waitingWrites) { scope in
            if case .tenant = scope { false } else { true }
        }
        /// The batch in progress, without those whose callers wait no longer.
        var running: [Job] = []
        var runningSince: ContinuousClock.Instant?
        var isDraining = false
        var isClosed = false
        var closing: [CheckedContinuation<Void, Never>] = []

        /// Whether draining must begin, which it then counts as having done.
        mutating func mustStart(at now: ContinuousClock.Instant) -> Bool {
            guard !isDraining, waiting.nextLane(at: now) != nil else { return false }
            isDraining = true
            return true
        }

        /// Those who wait for the end of the writes that were accepted, once it has come.
        mutating func takeClosing() -> [CheckedContinuation<Void, Never>] {
            guard isClosed, !isDraining, waiting.isEmpty else { return [] }
            defer { closing = [] }
            return closing
        }

        /// When somebody has waited for long enough, or what was put back has its turn.
        var nextLook: ContinuousClock.Instant? {
            [waiting.earliest(\.latestStart), running.map(\.deadline).min(), isDraining ? nil : waiting.nextResumption]
                .compactMap(\.self).min()
        }
    }

    /// `@unchecked Sendable` holds because only `drain`, of which one runs at a time on the one thread, touches it.
    private struct Exclusive: @unchecked Sendable {
        let connection: any TransactionalConnection
    }

    private let writing: Exclusive
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let state = Mutex(State())
    private let alarm = Alarm()
    private let limits: WriterLimits
    private let auditKeeper: AuditKeeper
    private let incarnationKeeper: IncarnationKeeper
    private let notify: @Sendable (Set<StoreChannel>) -> Void

    /// - Parameter notify: called after a commit that left something to do.
    init(
        _ connection: any TransactionalConnection, limits: WriterLimits = WriterLimits(), auditKeeper: AuditKeeper,
        incarnationKeeper: IncarnationKeeper = IncarnationKeeper(),
        notify: @escaping @Sendable (Set<StoreChannel>) -> Void
    ) {
        writing = Exclusive(connection: connection)
        self.limits = limits
        self.auditKeeper = auditKeeper
        self.incarnationKeeper = incarnationKeeper
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
                enqueue(Job(scope: scope, wait: limits.wait, body: body, pending: pending))
            }
        }
    }

    /// Runs a body so that its failure leaves nothing behind. Alone in its transaction it needs no savepoint: the
    /// failure rolls back the transaction.
    private static func attempt(
        _ body: TransactionBody, on connection: any TransactionalConnection, isAlone: Bool
    ) -> Result<Void, any Error> {
        if isAlone {
            let result = Result { try body(connection) }
            if case .failure = result, !connection.isIdle { try? connection.rollBack() }
            return result
        }
        let before = connection.effects
        do {
            try connection.savepoint()
            try body(connection)
            try connection.release()
            return .success(())
        } catch {
            connection.effects = before
            return .failure(rolledBack(connection) ?? error)
        }
    }

    /// Takes a failed write back. Where that fails, too, nothing of the transaction can be relied on.
    private static func rolledBack(_ connection: any TransactionalConnection) -> (any Error)? {
        guard !connection.isIdle else { return nil }
        do {
            try connection.rollBackToSavepoint()
            return nil
        } catch {
            try? connection.rollBack()
            return error
        }
    }

    private func enqueue(_ job: Job) {
        let (refused, error, mustStart): (Job?, StoreError, Bool) = state.withLock { state in
            if state.isClosed { return (job, .closed, false) }
            let refused = state.waiting.append(job, to: job.scope)
            return (refused, .overloaded, refused !== job && state.mustStart(at: .now))
        }
        refused?.pending.fail(error)
        if refused !== job { setAlarm(job.latestStart) }
        if mustStart { startDraining() }
    }

    private func setAlarm(_ moment: ContinuousClock.Instant) {
        alarm.set(moment, { [weak self] in self?.lookAround() })
    }

    /// Tells those who have waited for long enough, whatever the thread waits for, and lets it go on with what was put back.
    /// - Returns: when to look again.
    private func lookAround() -> ContinuousClock.Instant? {
        let now = ContinuousClock.now
        let (waiting, running, closing, mustStart, next) = state.withLock { state in
            let waiting = state.waiting.removeAll { $0.latestStart <= now }
            let running = state.running.filter { $0.deadline <= now }
            state.running.removeAll { $0.deadline <= now }
            let mustStart = state.mustStart(at: now)
            return (waiting, running, state.takeClosing(), mustStart, state.nextLook)
        }
        for job in waiting { job.pending.fail(GroupCommitWriter.refusal(of: job)) }
        for job in running { job.pending.fail(StoreError.outcomeUnknown) }
        for continuation in closing { continuation.resume() }
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
        let (closing, next) = state.withLock { state in (state.takeClosing(), state.nextLook) }
        if let next { setAlarm(next) }
        for continuation in closing { continuation.resume() }
    }

    /// The writes that share the next commit: one of each lane in turn, those of a tenant in the order in which they came.
    /// What runs beside nothing else is alone; what was put back stands in line for its lock, and so no others with it.
    private func nextBatch() -> [Job] {
        while true {
            let (batch, late, isEmpty, now) = state.withLock { state in
                var batch: [Job] = []
                let now = ContinuousClock.now
                while batch.count < limits.writesPerCommit, let lane = state.waiting.nextLane(at: now) {
                    if lane == .everything || state.waiting.setbacks(of: lane) > 0 {
                        guard batch.isEmpty else { break }
                        batch = state.waiting.removeFirst(lane == .everything ? 1 : limits.writesPerCommit)
                        break
                    }
                    if let job = state.waiting.popFirst() { batch.append(job) }
                }
                let isEmpty = batch.isEmpty
                let late = batch.filter { $0.latestStart < now }
                batch.removeAll { $0.latestStart < now || !$0.pending.begin() }
                if isEmpty { state.isDraining = false }
                state.running = batch
                state.runningSince = batch.isEmpty ? nil : now
                return (batch, late, isEmpty, now)
            }
            for job in late { job.pending.fail(GroupCommitWriter.refusal(of: job)) }
            for job in batch where !job.isPutBack { StoreWaits.note(.write, since: job.arrival, until: now) }
            if let deadline = batch.map(\.deadline).min() { setAlarm(deadline) }
            if !batch.isEmpty || isEmpty { return batch }
        }
    }

    private func commit(_ batch: [Job]) {
        let connection = writing.connection
        let deadline = batch.map(\.deadline).max() ?? .now
        connection.deadline = deadline
        for repetition in 1... {
            connection.effects = AfterCommitEffects()
            let attempt = attempt(batch, on: connection)
            if attempt.failure != nil, connection.isRetryable, repetition < StoreLimits.transactionTries,
                .now < deadline
            {
                // The other goes first; this thread has nothing else to do.
                _ = poll(nil, 0, CInt.random(in: 1...CInt(StoreLimits.repetitionPause.milliseconds)))
                continue
            }
            finish(batch, attempt, on: connection)
            return
        }
    }

    /// Tells the callers the end, and puts back those whose locks another holds.
    private func finish(_ batch: [Job], _ attempt: Attempt, on connection: any TransactionalConnection) {
        let isLockedOut = attempt.failure != nil && connection.isLockedOut
        let isBlocked = batch.map { isLockedOut || attempt.held.contains($0.scope) }
        // Stood in line without success: others have their turn before it does so again. One that only found its lock
        // taken stands in line next.
        let hasStood = isLockedOut && (!connection.isEverybodyLockedOut || batch.first?.scope == .everything)
        let effects = connection.effects
        connection.effects = AfterCommitEffects()
        effects.apply(isCommitted: attempt.failure == nil)
        for (index, job) in batch.enumerated() where !isBlocked[index] {
            job.pending.resume(with: attempt.result(ofWrite: index))
        }
        // Whoever is woken for nothing finds nothing.
        if attempt.failure == nil || attempt.failure == .outcomeUnknown, !effects.channels.isEmpty {
            notify(effects.channels)
        }
        state.withLock { state in
            if isBlocked.contains(true) {
                let blocked = zip(batch, isBlocked).filter(\.1).map(\.0)
                Self.putBack(blocked, hasStood: hasStood, isLockedOut: isLockedOut, in: &state)
            }
            if !isLockedOut {
                for scope in attempt.scopes.subtracting(attempt.held) { state.waiting.noteProgress(of: scope) }
            }
            state.running = []
            state.runningSince = nil
        }
    }

    private static func putBack(_ blocked: [Job], hasStood: Bool, isLockedOut: Bool, in state: inout State) {
        // Those whose callers wait no longer are not tried again.
        let left = blocked.filter { job in state.running.contains { $0 === job } }
        for (lane, jobs) in Dictionary(grouping: left, by: \.scope) {
            let setbacks = (jobs.first?.setbacks ?? 0) + (hasStood || !isLockedOut ? 1 : 0)
            for job in jobs { job.noteSetbacks(setbacks) }
            var pause = hasStood ? Self.pause(after: setbacks) : .zero
            // As long as all others have stood behind it.
            if lane == .everything { pause = max(pause, StoreLimits.exclusiveLockPatience) }
            state.waiting.putBack(jobs, to: lane, setbacks: setbacks, until: .now + pause)
        }
    }

    private static func pause(after setbacks: Int) -> Duration {
        min(StoreLimits.lockPause * (1 << min(max(setbacks - 1, 0), 10)), StoreLimits.lockPauseLimit)
    }

    /// When the transaction in progress began; `nil` where there is none.
    var runningSince: ContinuousClock.Instant? { state.withLock(\.runningSince) }

    /// What became of a batch.
    private struct Attempt {
        /// How each write ended, `nil` where it was not run.
        var results: [Result<Void, any Error>?]
        let scopes: Set<WriteScope>
        /// The scopes that another transaction holds.
        var held: Set<WriteScope> = []
        /// Why nothing was kept.
        var failure: StoreError?

        /// What a write's caller is told: a failure of its own first.
        func result(ofWrite index: Int) -> Result<Void, any Error> {
            switch (results[index], failure) {
            case (.failure(let own), _): .failure(own)
            case (.success, nil): .success(())
            case (_, let failure): .failure(failure ?? .unavailable("the transaction failed"))
            }
        }
    }

    private static func refusal(of job: Job) -> StoreError { job.isPutBack ? .locked : .overloaded }

    /// Runs a batch in one transaction.
    private func attempt(_ batch: [Job], on connection: any TransactionalConnection) -> Attempt {
        var attempt = Attempt(
            results: [Result<Void, any Error>?](repeating: nil, count: batch.count), scopes: Set(batch.map(\.scope)))
        let isAlone = batch.count == 1
        do {
            attempt.held = try connection.beginWriting(attempt.scopes)
            let confirms = try incarnationKeeper.confirm(connection)
            // What waits for locks must not be told as one write's failure.
            if !isAlone { try connection.flush() }
            for (index, job) in batch.enumerated() where !attempt.held.contains(job.scope) {
                attempt.results[index] = GroupCommitWriter.attempt(job.body, on: connection, isAlone: isAlone)
                // A full disk, or a lost connection, rolls back everything; what follows must not run outside.
                if connection.isIdle || connection.isRetryable || connection.isLockedOut {
                    // What has done it to one write is what the others failed for, too.
                    if case .failure(let error as StoreError) = attempt.results[index], error.fault != nil {
                        throw error
                    }
                    throw StoreError.unavailable("the transaction was rolled back")
                }
            }
            let events = connection.effects.auditEvents
            if !events.isEmpty {
                try connection.lockAuditLog()
                try auditKeeper.keep(events, in: connection)
            }
            try connection.commit()
            if confirms { connection.isConfirmed = true }
        } catch {
            if !connection.isIdle { try? connection.rollBack() }
            attempt.failure = error as? StoreError ?? .unavailable("the transaction failed")
        }
        return attempt
    }

    private func refuseAll() {
        let (waiting, closing) = state.withLock { state in
            state.isDraining = false
            return (state.waiting.removeAll(), state.takeClosing())
        }
        for job in waiting { job.pending.fail(StoreError.closed) }
        for continuation in closing { continuation.resume() }
    }

    /// Waits for the writes that were accepted, then closes the connection.
    func close() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isIdle = state.withLock { state in
                state.isClosed = true
                let isIdle = !state.isDraining && state.waiting.isEmpty
                if !isIdle { state.closing.append(continuation) }
                return isIdle
            }
            if isIdle { continuation.resume() }
        }
        try? await thread.shutdownGracefully()
        writing.connection.close()
    }
}
