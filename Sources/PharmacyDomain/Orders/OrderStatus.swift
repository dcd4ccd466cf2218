/// The guide's eight statuses (section 4, Order Statuses) and the ways between them.
package enum OrderStatus: String, CaseIterable, Sendable {
    case pending
    case confirmed
    case processing
    case shipped
    case delivered
    case cancelled
    case failed
    case refunded

    /// What an order may become in one step.
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

    /// The statuses an order passes through on its way to `target`, which is the last of them, each one step from the
    /// one before; empty when there is no way there, as to a status that lies behind.
    ///
    /// The way keeps to the ordinary course (pending to delivered) as long as it can: a pending order that is reported
    /// refunded was confirmed, then refunded.
    package func path(to target: OrderStatus) -> [OrderStatus] {
        if next.contains(target) { return [target] }
        guard let onward = next.first, OrderStatus.course.contains(onward) else { return [] }
        let rest = onward.path(to: target)
        return rest.isEmpty ? [] : [onward] + rest
    }

    /// The ordinary course of an order.
    package static let course: [OrderStatus] = [.pending, .confirmed, .processing, .shipped, .delivered]

    /// Whether the partner may still cancel.
    package var isCancellable: Bool { self == .pending || self == .confirmed }

    /// Whether nothing but a refund can follow.
    package var isFinal: Bool { next.isEmpty || next == [.refunded] }
}
