/// The health of one webhook URL of a tenant.
package struct EndpointSummary: Hashable, Sendable {
    package let url: WebhookURL
    package let health: EndpointHealth
    /// Deliveries that are not finished.
    package let pending: Int
    /// When the oldest pending delivery was created.
    package let oldestPending: Timestamp?

    package init(url: WebhookURL, health: EndpointHealth, pending: Int, oldestPending: Timestamp?) {
        self.url = url
        self.health = health
        self.pending = pending
        self.oldestPending = oldestPending
    }
}
