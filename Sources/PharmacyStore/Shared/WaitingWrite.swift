internal import PharmacyDomain
internal import Synchronization

/// A write that waits for its turn, or is in progress.
final class WaitingWrite<Connection: TransactionalConnection>: Sendable {
    /// Tells the caller the end: called with `nil` after the commit, with an error when nothing was kept, which a failure of
    /// the write's own overrides.
    typealias Ending = @Sendable (StoreError?) -> Void

    let scope: WriteScope
    /// When it is refused where its turn has not come.
    let latestStart: ContinuousClock.Instant
    /// When its caller waits no longer, and its outcome is not known.
    let deadline: ContinuousClock.Instant
    /// Runs it inside the open transaction.
    let perform: @Sendable (Connection, _ isAlone: Bool) -> Ending
    let refuse: @Sendable (StoreError) -> Void
    private let putBack = Atomic(0)

    /// - Parameter wait: how long it may wait for its turn, unless its caller has said otherwise.
    init(
        scope: WriteScope, wait: Duration, perform: @escaping @Sendable (Connection, _ isAlone: Bool) -> Ending,
        refuse: @escaping @Sendable (StoreError) -> Void
    ) {
        let arrival = ContinuousClock.now
        let limit = TransactionTimeLimit.current
        let time = scope == .everything ? StoreLimits.exclusiveTransactionTime : StoreLimits.transactionTime
        self.scope = scope
        latestStart = arrival + (limit ?? StoreWaitingTime.left(of: wait))
        deadline = arrival + (limit ?? StoreWaitingTime.left(of: max(wait, time)))
        self.perform = perform
        self.refuse = refuse
    }

    /// How often it was put back because another transaction held its lock.
    var setbacks: Int { putBack.load(ordering: .relaxed) }

    var isPutBack: Bool { setbacks > 0 }

    func noteSetbacks(_ count: Int) { putBack.store(count, ordering: .relaxed) }
}
