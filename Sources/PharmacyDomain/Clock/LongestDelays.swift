/// The longest delay of each kind of waiting work. Work that is due later than that from now was scheduled by a clock that was fast
/// and has been set back since.
package struct LongestDelays: Hashable, Sendable {
    /// Until a webhook delivery's next attempt, or the end of its claim.
    package let delivery: Duration
    /// The same for a URL whose registered endpoint has the extended schedule.
    package let extendedDelivery: Duration
    /// Until an order's next dispatch, or the end of its claim.
    package let dispatch: Duration
    /// Until the pharmacy is queried about an order whose status may still change.
    package let reconciliation: Duration
    /// Until the pharmacy is queried about an order that can only be refunded.
    package let refundWatch: Duration
    /// Until a sandbox order's next step; `nil` where orders do not advance by themselves.
    package let simulation: Duration?
    /// Until a quarantined item is tried again. It may also delay the work above.
    package let quarantine: Duration
    /// Until a sandbox is wiped.
    package let wipe: Duration
    /// Until the claim on a scheduled job expires.
    package let job: Duration

    package init(
        delivery: Duration, extendedDelivery: Duration, dispatch: Duration, reconciliation: Duration,
        refundWatch: Duration, simulation: Duration?, quarantine: Duration, wipe: Duration, job: Duration
    ) {
        self.delivery = delivery
        self.extendedDelivery = extendedDelivery
        self.dispatch = dispatch
        self.reconciliation = reconciliation
        self.refundWatch = refundWatch
        self.simulation = simulation
        self.quarantine = quarantine
        self.wipe = wipe
        self.job = job
    }
}
