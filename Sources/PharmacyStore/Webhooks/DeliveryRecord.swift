package import PharmacyDomain

/// A delivery as partners see it.
package struct DeliveryRecord: Sendable {
    package let id: DeliveryID
    package let event: WebhookEventType
    package let eventID: EventID
    /// `nil` for an event of an endpoint, as is `orderID`.
    package let sequence: Int?
    package let orderID: OrderID?
    package let url: WebhookURL
    package let status: Delivery.Status
    package let attempts: Int
    package let nextAttemptAt: Timestamp?
    package let createdAt: Timestamp
    package let completedAt: Timestamp?
    let row: Int64
    /// The rows of its order and of its URL.
    let order: Int64?
    let endpoint: Int64
}
