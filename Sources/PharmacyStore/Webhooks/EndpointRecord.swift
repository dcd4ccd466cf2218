package import PharmacyDomain

/// A webhook URL of a tenant, with the results of its deliveries.
package struct EndpointRecord: Sendable {
    package let url: WebhookURL
    package let health: EndpointHealth
    /// Deliveries that are not finished.
    package let pending: Int
    /// When the oldest of them was made.
    package let oldestPending: Timestamp?
}
