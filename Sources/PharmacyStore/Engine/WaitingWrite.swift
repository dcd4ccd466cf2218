internal import PharmacyDomain
internal import Synchronization

/// A write that waits for its turn or is in progress.
final class WaitingWrite: Sendable {
    let scope: WriteScope
    let arrival: ContinuousClock.Instant
    /// When it is refused unless its turn has come.
    let latestStart: ContinuousClock.Instant
    /// When its caller stops waiting. The outcome is then unknown.
    let deadline: ContinuousClock.Instant
    let body: TransactionBody
    let pending: PendingResult
    private let putBack = Atomic(0)

    /// - Parameter wait: how long it may wait for its turn, unless its caller has set a limit (`TransactionTimeLimit`).
    init(scope: WriteScope, wait: Duration, body: @escaping TransactionBody, pending: PendingResult) {
        let arrival = ContinuousClock.now
        let limit = TransactionTimeLimit.current
        let time = scope == .everything ? StoreLimits.exclusiveTransactionTimeout : StoreLimits.transactionTimeout
        self.scope = scope
        self.arrival = arrival
        latestStart = arrival + (limit ?? StoreWaitingTime.rest(of: wait))
        deadline = arrival + (limit ?? StoreWaitingTime.rest(of: max(wait, time)))
        self.body = body
        self.pending = pending
    }

    /// The error for a write whose turn has not come in time.
    var refusal: StoreError { isPutBack ? .locked : .overloaded }

    /// How often it was put back because another transaction held its lock.
    var setbacks: Int { putBack.load(ordering: .relaxed) }

    var isPutBack: Bool { setbacks > 0 }

    func noteSetbacks(_ count: Int) { putBack.store(count, ordering: .relaxed) }
}
