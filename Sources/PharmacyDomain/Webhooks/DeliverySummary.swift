/// A delivery as partners see it in lists.
package struct DeliverySummary: Hashable, Sendable {
    package let id: DeliveryID
    package let event: WebhookEventType
    package let eventID: EventID
    /// The event's number within its order, from 1; `nil` for an event of an endpoint.
    package let sequence: Int?
    /// `nil` for an event of an endpoint.
    package let orderID: OrderID?
    package let url: WebhookURL
    package let status: Delivery.Status
    /// Attempts of the present round.
    package let attempts: Int
    package let nextAttemptAt: Timestamp?
    package let createdAt: Timestamp
    package let completedAt: Timestamp?

    package init(
        id: DeliveryID, event: WebhookEventType, eventID: EventID, sequence: Int?, orderID: OrderID?, url: WebhookURL,
        status: Delivery.Status, attempts: Int, nextAttemptAt: Timestamp?, createdAt: Timestamp,
        completedAt: Timestamp?
    ) {
        self.id = id
        self.event = event
        self.eventID = eventID
        self.sequence = sequence
        self.orderID = orderID
        self.url = url
        self.status = status
        self.attempts = attempts
        self.nextAttemptAt = nextAttemptAt
        self.createdAt = createdAt
        self.completedAt = completedAt
    }
}
