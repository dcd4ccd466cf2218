package import PharmacyDomain

extension TenantScope {
    /// Applies one report to an order (`apply(_:to:as:at:identifiers:)`).
    @discardableResult
    package func apply(
        _ report: Order.Report, to record: OrderRecord, as action: AuditAction = .orderUpdated, at now: Timestamp,
        identifiers: EventIdentifiers
    ) throws -> Order {
        try apply([report], to: record, as: action, at: now, identifiers: identifiers)
    }

    /// Applies reports to an order: stores the order's new value and its events, and writes an audit entry. Reports that
    /// change nothing write nothing.
    /// - Parameters:
    ///   - action: of the audit entry.
    ///   - now: by this node's clock; the change has the time of `stamp(at:)`.
    package func apply(
        _ reports: [Order.Report], to record: OrderRecord, as action: AuditAction = .orderUpdated, at now: Timestamp,
        identifiers: EventIdentifiers
    ) throws -> Order {
        let (order, events) = record.order.applying(
            reports, at: try stamp(at: now), newEventID: identifiers.newEvent)
        guard !events.isEmpty else { return record.order }
        try updateOrder(record, to: order, events: events, dueAt: now, newID: identifiers.newDelivery)
        audit(action, [order.id.description], at: now)
        return order
    }
}
