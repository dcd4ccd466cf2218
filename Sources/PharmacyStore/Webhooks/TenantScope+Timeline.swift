package import PharmacyDomain

extension TenantScope {
    /// The events of an order with their deliveries and attempts, in three statements.
    /// - Parameter limit: the most attempts that are read, the newest of the order.
    package func timeline(of order: OrderID, attempts limit: Int) throws -> OrderTimeline {
        let binds = [tenantValue, SQLValue.text(order.description)]
        let events = try db.rows(
            """
            SELECT e.id, e.uuid, e.type, e.sequence, e.recorded_at FROM order_events e
            WHERE e.order_id = (SELECT id FROM orders WHERE tenant_id = $1 AND uuid = $2) ORDER BY e.sequence
            """, binds
        ) { row in
            (
                row: try row.integer(0), id: EventID(try row.text(1)), type: EventType(rawValue: try row.text(2)),
                sequence: Int(try row.integer(3)), at: try row.timestamp(4)
            )
        }
        let attempts = try attempts(binds, limit: limit)
        var deliveries: [Int64: [TimelineDelivery]] = [:]
        try db.forEachRow(
            of: """
                SELECT d.id, d.uuid, w.url, d.status, d.due_at, d.event_id
                FROM webhook_deliveries d JOIN webhook_endpoints w ON w.id = d.endpoint_id
                WHERE d.order_id = (SELECT id FROM orders WHERE tenant_id = $1 AND uuid = $2) ORDER BY d.id
                """, binds
        ) { row in
            guard let id = DeliveryID(try row.text(1)) else { throw StoreError.broken("a delivery cannot be read") }
            let url = String(decoding: try open(try row.blob(2), "webhook-url", ""), as: UTF8.self)
            let delivery = TimelineDelivery(
                id: id, url: WebhookURL(stored: url),
                status: DeliveryState(rawValue: try row.text(3))?.shownStatus ?? .pending,
                nextAttemptAt: try row.optionalTimestamp(4), attempts: attempts[try row.integer(0)] ?? [])
            deliveries[try row.integer(5), default: []].append(delivery)
        }
        return OrderTimeline(
            entries: try events.map { event in
                guard let id = event.id, let type = event.type else {
                    throw StoreError.broken("an event cannot be read")
                }
                return OrderTimeline.Entry(
                    event: id, type: type, sequence: event.sequence, recordedAt: event.at,
                    deliveries: deliveries[event.row] ?? [])
            })
    }

    /// By delivery, oldest first.
    private func attempts(_ binds: [SQLValue], limit: Int) throws -> [Int64: [Delivery.Attempt]] {
        var attempts: [Int64: [Delivery.Attempt]] = [:]
        try db.forEachRow(
            of: """
                SELECT a.delivery_id, a.at, a.duration, a.status_code, a.error, a.answer
                FROM webhook_deliveries d JOIN webhook_attempts a ON a.delivery_id = d.id
                WHERE d.order_id = (SELECT id FROM orders WHERE tenant_id = $1 AND uuid = $2)
                ORDER BY a.id DESC LIMIT $3
                """, binds + [SQLValue(limit)]
        ) { row in
            let delivery = try row.integer(0)
            attempts[delivery, default: []].append(try attempt(row, from: 1, of: delivery))
        }
        return attempts.mapValues { $0.reversed() }
    }
}
