/// The guide's eight statuses (section 4, Order Statuses) and the transitions between them.
package enum OrderStatus: String, CaseIterable, Sendable {
    case pending
    case confirmed
    case processing
    case shipped
    case delivered
    case cancelled
    case failed
    case refunded

    /// The statuses that an order may enter in one step.
    package var next: [OrderStatus] {
        switch self {
        case .pending: [.confirmed, .cancelled, .failed]
        case .confirmed: [.processing, .cancelled, .failed, .refunded]
        case .processing: [.shipped, .cancelled, .failed, .refunded]
        case .shipped: [.delivered, .refunded]
        case .delivered, .cancelled, .failed: [.refunded]
        case .refunded: []
        }
    }

    /// The statuses that an order passes through to reach `target`, each one step from the one before, `target` last. Empty
    /// where there is no path, such as to an earlier status.
    ///
    /// The path follows the ordinary path (pending to delivered) for as long as it can: a pending order that is reported as
    /// refunded was confirmed, then refunded.
    package func path(to target: OrderStatus) -> [OrderStatus] {
        if next.contains(target) { return [target] }
        guard let onward = next.first, OrderStatus.deliveryPath.contains(onward) else { return [] }
        let rest = onward.path(to: target)
        return rest.isEmpty ? [] : [onward] + rest
    }

    /// The ordinary course of an order.
    package static let deliveryPath: [OrderStatus] = [.pending, .confirmed, .processing, .shipped, .delivered]

    /// Whether the partner may still cancel.
    package var isCancellable: Bool { self == .pending || self == .confirmed }

    /// Whether nothing but a refund can follow.
    package var isFinal: Bool { next.isEmpty || next == [.refunded] }
}
