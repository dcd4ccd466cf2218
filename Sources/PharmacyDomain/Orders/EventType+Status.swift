extension EventType {
    /// The type of an event that reports a status.
    package init(_ status: OrderStatus) {
        self =
            switch status {
            case .pending: .created
            case .confirmed: .confirmed
            case .processing: .processing
            case .shipped: .shipped
            case .delivered: .delivered
            case .cancelled: .cancelled
            case .failed: .failed
            case .refunded: .refunded
            }
    }

    /// The status that an event of this type reports.
    package var status: OrderStatus {
        switch self {
        case .created: .pending
        case .confirmed: .confirmed
        case .processing: .processing
        case .shipped: .shipped
        case .delivered: .delivered
        case .cancelled: .cancelled
        case .failed: .failed
        case .refunded: .refunded
        }
    }
}
