/// What happened to one order's events: each with its deliveries and their attempts.
package struct OrderTimeline: Sendable {
    package struct Entry: Sendable {
        package let event: EventID
        package let type: EventType
        package let sequence: Int
        package let recordedAt: Timestamp
        /// In the order of the order's URLs.
        package let deliveries: [TimelineDelivery]

        package init(
            event: EventID, type: EventType, sequence: Int, recordedAt: Timestamp, deliveries: [TimelineDelivery]
        ) {
            self.event = event
            self.type = type
            self.sequence = sequence
            self.recordedAt = recordedAt
            self.deliveries = deliveries
        }
    }

    /// Oldest first. Events that the retention has removed are missing.
    package let entries: [Entry]

    package init(entries: [Entry]) {
        self.entries = entries
    }
}

/// A delivery with its attempts, oldest first.
package struct TimelineDelivery: Sendable {
    package let id: DeliveryID
    package let url: WebhookURL
    package let status: Delivery.Status
    package let nextAttemptAt: Timestamp?
    package let attempts: [Delivery.Attempt]

    package init(
        id: DeliveryID, url: WebhookURL, status: Delivery.Status, nextAttemptAt: Timestamp?,
        attempts: [Delivery.Attempt]
    ) {
        self.id = id
        self.url = url
        self.status = status
        self.nextAttemptAt = nextAttemptAt
        self.attempts = attempts
    }
}
