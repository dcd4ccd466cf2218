package import PharmacyDomain

extension TenantScope {
    private static let deliveries: SQL = """
        FROM webhook_deliveries d JOIN order_events e ON e.id = d.event_id LEFT JOIN orders o ON o.id = d.order_id
            JOIN webhook_endpoints w ON w.id = d.endpoint_id
        """
    private static let columns: SQL = """
        SELECT d.uuid, e.type, e.uuid, e.sequence, o.uuid, w.url, d.status, d.attempts, d.due_at, d.created_at,
            d.completed_at, d.id, d.order_id, d.endpoint_id
        """

    /// Newest first.
    /// - Throws: `ListCursor.Fault`.
    package func deliveries(_ filter: DeliveryFilter, page: PageRequest) throws -> Page<DeliveryRecord> {
        let walk = try ListWalk(
            page, of: "deliveries",
            filters: [
                JSON(filter.status?.rawValue), JSON(filter.orderID?.description), JSON(filter.event?.rawValue),
            ], in: self)
        var conditions: SQL = ""
        var binds: [SQLValue] = [tenantValue, SQLValue(walk.limit), SQLValue(page.offset)]
        func bind(_ value: SQLValue) -> SQL {
            binds.append(value)
            return .bind(binds.count)
        }
        if let status = filter.status {
            let states = DeliveryState.states(shownAs: status)
            // Equality lets SQLite use the index of failed deliveries.
            conditions = states.count == 1 ? "AND d.status = \(states[0])" : "AND d.status IN \(states)"
        }
        var scope: SQL = "WHERE d.tenant_id = $1"
        if let order = filter.orderID {
            // The sign keeps engines from walking through all of the tenant's deliveries for those of one order.
            scope =
                "WHERE +d.tenant_id = $1 AND d.order_id = (SELECT id FROM orders WHERE tenant_id = $1 AND uuid ="
                + bind(.text(order.description)) + ")"
        }
        if let event = filter.event { conditions = conditions + "AND e.type =" + bind(.text(event.rawValue)) }
        if let position = walk.position { conditions = conditions + "AND d.id <" + bind(.integer(position.row)) }
        let found = try db.rows(
            TenantScope.columns + TenantScope.deliveries + scope + conditions + "ORDER BY d.id DESC LIMIT $2 OFFSET $3",
            binds, delivery)
        // A count that depends on this table alone needs no join.
        let counted: SQL = filter.event == nil ? "FROM webhook_deliveries d" : TenantScope.deliveries
        return try walk.page(found, position: { ListPosition(row: $0.row) }) {
            try self.counted("COUNT(*)", counted + scope + conditions, binds)
        } item: { delivery in
            delivery
        }
    }

    package func delivery(_ id: DeliveryID) throws -> DeliveryRecord? {
        try db.row(
            TenantScope.columns + TenantScope.deliveries + "WHERE d.tenant_id = $1 AND d.uuid = $2",
            [tenantValue, .text(id.description)],
            delivery)
    }

    private func delivery(_ row: any SQLRow) throws -> DeliveryRecord {
        guard let id = DeliveryID(try row.text(0)), let event = WebhookEventType(rawValue: try row.text(1)),
            let eventID = EventID(try row.text(2))
        else { throw StoreError.broken("a delivery cannot be read") }
        let url = String(decoding: try open(try row.blob(5), "webhook-url", ""), as: UTF8.self)
        let orderID = try row.optionalText(4).flatMap(OrderID.init)
        // A state of a newer program, which may run during an upgrade, is not finished as far as this one knows.
        let status = DeliveryState(rawValue: try row.text(6))?.shownStatus ?? .pending
        return DeliveryRecord(
            id: id, event: event, eventID: eventID, sequence: orderID == nil ? nil : Int(try row.integer(3)),
            orderID: orderID,
            url: WebhookURL(stored: url), status: status, attempts: Int(try row.integer(7)),
            nextAttemptAt: try row.optionalTimestamp(8),
            createdAt: try row.timestamp(9),
            completedAt: try row.optionalTimestamp(10), row: try row.integer(11),
            order: try row.optionalInteger(12), endpoint: try row.integer(13))
    }

    /// Every attempt of a delivery, oldest first.
    package func attempts(of delivery: DeliveryRecord) throws -> [Delivery.Attempt] {
        try db.rows(
            """
            SELECT at, duration, status_code, error, answer FROM webhook_attempts WHERE delivery_id = $1 ORDER BY id
            """, [.integer(delivery.row)]
        ) { try attempt($0, from: 0, of: delivery.row) }
    }

    /// Reads `at, duration, status_code, error, answer` of an attempt.
    /// - Parameter delivery: the row of its delivery.
    func attempt(_ row: any SQLRow, from column: Int, of delivery: Int64) throws -> Delivery.Attempt {
        Delivery.Attempt(
            at: try row.timestamp(column), duration: .milliseconds(try row.integer(column + 1)),
            statusCode: try row.optionalInteger(column + 2).map(Int.init), error: try row.optionalText(column + 3),
            response: try open(try row.blob(column + 4), "answer", String(delivery)))
    }

    /// The exact bytes that a delivery sends.
    package func payload(of delivery: DeliveryRecord) throws -> [UInt8] {
        let id = delivery.eventID.description
        let sealed = try db.row(
            "SELECT payload FROM order_events WHERE tenant_id = $1 AND uuid = $2", [tenantValue, .text(id)]
        ) { try $0.blob(0) }
        guard let sealed else { throw StoreError.broken("an event is missing") }
        return try open(sealed, "event", id)
    }
}
