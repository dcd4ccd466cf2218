package import PharmacyDomain

/// One delivery with its attempts and its payload.
package struct DeliveryDetails: Sendable {
    package let summary: DeliverySummary
    /// Oldest first.
    package let attempts: [Delivery.Attempt]
    /// The exact body of the webhook request.
    package let payload: Representation

    package init(summary: DeliverySummary, attempts: [Delivery.Attempt], payload: Representation) {
        self.summary = summary
        self.attempts = attempts
        self.payload = payload
    }
}
