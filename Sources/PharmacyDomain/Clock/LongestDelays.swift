/// How far ahead of now each kind of waiting work may be due: the longest delay that it is ever given. What is due later than
/// that was put off by a clock that has been set back since.
package struct LongestDelays: Hashable, Sendable {
    /// Of a webhook delivery: until its next attempt, or its claim expires.
    package let delivery: Duration
    /// Of an order's dispatch, likewise.
    package let dispatch: Duration
    /// Until the pharmacy is asked about an order that can still go on.
    package let reconciliation: Duration
    /// Until it is asked about one that can only be refunded.
    package let refundWatch: Duration
    /// Until a sandbox order's next step; `nil` where none comes by itself.
    package let simulation: Duration?
    /// Until a quarantined item is tried again; it puts off the work above, too.
    package let quarantine: Duration
    /// Until a sandbox is wiped.
    package let wipe: Duration
    /// Of the claim on a scheduled job.
    package let job: Duration

    package init(
        delivery: Duration, dispatch: Duration, reconciliation: Duration, refundWatch: Duration, simulation: Duration?,
        quarantine: Duration, wipe: Duration, job: Duration
    ) {
        self.delivery = delivery
        self.dispatch = dispatch
        self.reconciliation = reconciliation
        self.refundWatch = refundWatch
        self.simulation = simulation
        self.quarantine = quarantine
        self.wipe = wipe
        self.job = job
    }
}
