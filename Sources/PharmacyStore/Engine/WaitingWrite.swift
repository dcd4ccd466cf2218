internal import PharmacyDomain
internal import Synchronization

/// A write that waits for its turn, or is in progress.
final class WaitingWrite: Sendable {
    let scope: WriteScope
    let arrival: ContinuousClock.Instant
    /// When it is refused where its turn has not come.
    let latestStart: ContinuousClock.Instant
    /// When its caller waits no longer, and its outcome is not known.
    let deadline: ContinuousClock.Instant
    /// To be run inside the open transaction.
    let body: TransactionBody
    let pending: PendingResult
    private let putBack = Atomic(0)

    /// - Parameter wait: how long it may wait for its turn, unless its caller has said otherwise.
    init(scope: WriteScope, wait: Duration, body: @escaping TransactionBody, pending: PendingResult) {
        let arrival = ContinuousClock.now
        let limit = TransactionTimeLimit.current
        let time = scope == .everything ? StoreLimits.exclusiveTransactionTime : StoreLimits.transactionTime
        self.scope = scope
        self.arrival = arrival
        latestStart = arrival + (limit ?? StoreWaitingTime.left(of: wait))
        deadline = arrival + (limit ?? StoreWaitingTime.left(of: max(wait, time)))
        self.body = body
        self.pending = pending
    }

    /// How often it was put back because another transaction held its lock.
    var setbacks: Int { putBack.load(ordering: .relaxed) }

    var isPutBack: Bool { setbacks > 0 }

    func noteSetbacks(_ count: Int) { putBack.store(count, ordering: .relaxed) }
}
