package import PharmacyDomain

/// The result of sending one sample event to a URL.
package struct WebhookTestResult: Sendable {
    package let url: WebhookURL
    package let attempt: Delivery.Attempt
    /// The event that was sent.
    package let event: OrderEvent

    package init(url: WebhookURL, attempt: Delivery.Attempt, event: OrderEvent) {
        self.url = url
        self.attempt = attempt
        self.event = event
    }
}
