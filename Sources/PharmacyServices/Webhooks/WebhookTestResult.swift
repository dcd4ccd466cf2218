package import PharmacyDomain

/// The result of sending one sample event to a URL.
package struct WebhookTestResult: Sendable {
    package let url: WebhookURL
    package let attempt: Delivery.Attempt
    /// The event that was sent.
    package let event: OrderEvent
    /// The header fields and the body that were sent, as they were signed; empty if nothing was sent.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package init(
        url: WebhookURL, attempt: Delivery.Attempt, event: OrderEvent, headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        self.url = url
        self.attempt = attempt
        self.event = event
        self.headers = headers
        self.body = body
    }
}
