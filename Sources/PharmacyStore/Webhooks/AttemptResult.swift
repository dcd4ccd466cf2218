package import PharmacyDomain

/// An attempt that has ended, and what follows.
package struct AttemptResult: Sendable {
    package let delivery: ClaimedDelivery
    package let attempt: Delivery.Attempt
    package let verdict: DeliveryPolicy.Verdict

    package init(delivery: ClaimedDelivery, attempt: Delivery.Attempt, verdict: DeliveryPolicy.Verdict) {
        self.delivery = delivery
        self.attempt = attempt
        self.verdict = verdict
    }
}
