/// The guide's event types (section 5).
package enum EventType: String, CaseIterable, Sendable {
    case created = "order.created"
    case confirmed = "order.confirmed"
    case processing = "order.processing"
    case shipped = "order.shipped"
    case delivered = "order.delivered"
    case cancelled = "order.cancelled"
    case failed = "order.failed"
    case refunded = "order.refunded"
}
