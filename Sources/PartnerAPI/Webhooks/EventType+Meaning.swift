package import PharmacyDomain

extension EventType {
    /// What the event says, in the guide's words (section 5, Event Types).
    package var meaning: String {
        switch self {
        case .created: "Order has been received"
        case .confirmed: "Order has been confirmed by the pharmacy"
        case .processing: "Order is being prepared"
        case .shipped: "Order has been shipped"
        case .delivered: "Order has been delivered"
        case .cancelled: "Order has been cancelled"
        case .failed: "Order processing failed"
        case .refunded: "Order has been refunded"
        }
    }
}

extension EndpointEventType {
    /// What the event says.
    package var meaning: String {
        switch self {
        case .failing: "Deliveries to another registered endpoint of yours keep failing"
        case .recovered: "A registered endpoint of yours that was failing works again"
        }
    }
}

extension WebhookEventType {
    /// What the event says.
    package var meaning: String {
        switch self {
        case .order(let type): type.meaning
        case .endpoint(let type): type.meaning
        }
    }
}

extension Delivery.Status {
    /// What the status says, for partners.
    package var meaning: String {
        switch self {
        case .pending: "Due, or waiting for its time or for an earlier event of the same order"
        case .succeeded: "Your receiver responded with 2xx"
        case .failed: "All attempts failed. It is stored, and can be sent again"
        }
    }
}
