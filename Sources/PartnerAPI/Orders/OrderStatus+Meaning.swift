package import PharmacyDomain

extension OrderStatus {
    /// What the status says, in the guide's words (section 4, Order Statuses).
    package var meaning: String {
        switch self {
        case .pending: "Order received, awaiting processing"
        case .confirmed: "Order confirmed by the pharmacy"
        case .processing: "Order is being prepared"
        case .shipped: "Order has been shipped"
        case .delivered: "Order has been delivered"
        case .cancelled: "Order was cancelled"
        case .failed: "Order processing failed"
        case .refunded: "Order has been refunded"
        }
    }
}

extension Order.Dispatch.Status {
    /// What the status says, for partners.
    package var meaning: String {
        switch self {
        case .pending: "The order is being dispatched"
        case .accepted: "The pharmacy has the order"
        case .refused: "The pharmacy refused the order, or was unavailable for too long"
        case .withdrawn: "The order was cancelled before the pharmacy had it"
        }
    }
}
