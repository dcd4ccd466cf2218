package import PharmacyDomain

/// An attempt that is over, and what follows from it.
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
