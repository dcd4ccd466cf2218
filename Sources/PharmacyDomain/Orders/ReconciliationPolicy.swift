/// When the pharmacy is queried about an order, in case one of its reports was lost.
package struct ReconciliationPolicy: Hashable, Sendable {
    /// The longest time without a report.
    package let after: Duration
    /// For how long the pharmacy is queried about an order that can only be refunded, because refunds come late.
    package static let refundWatch = Duration.days(30)
    /// How often it is queried about such an order.
    package static let refundInterval = Duration.hours(24)

    package init(after: Duration = .minutes(30)) {
        self.after = after
    }

    /// When to query the pharmacy next about an order after a report or a query; `nil`: nothing can change any more.
    package func next(for order: Order, at now: Timestamp) -> Timestamp? {
        if order.status.next.isEmpty { return nil }
        guard order.status.isFinal else { return now + after }
        let next = now + ReconciliationPolicy.refundInterval
        return next <= order.updatedAt + ReconciliationPolicy.refundWatch ? next : nil
    }
}
