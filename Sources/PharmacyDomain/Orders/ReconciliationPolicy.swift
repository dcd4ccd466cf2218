/// When the pharmacy is asked what has become of an order, in case a report of it was lost.
package struct ReconciliationPolicy: Hashable, Sendable {
    /// How long an order may be silent.
    package let after: Duration
    /// Refunds come late, so an order that has ended is asked about once a day for so long.
    package static let refundWatch = Duration.days(30)
    package static let refundInterval = Duration.hours(24)

    package init(after: Duration = .minutes(30)) {
        self.after = after
    }

    /// When to ask next about an order that was heard of just now; `nil`: nothing can come any more.
    package func next(for order: Order, at now: Timestamp) -> Timestamp? {
        if order.status.next.isEmpty { return nil }
        guard order.status.isFinal else { return now + after }
        let next = now + ReconciliationPolicy.refundInterval
        return next <= order.updatedAt + ReconciliationPolicy.refundWatch ? next : nil
    }
}
