package import PharmacyDomain

extension TenantScope {
    /// Events of orders after a position, in their order. Events of endpoints have positions too, and are skipped.
    ///
    /// A new event's position is the newest one's plus one. A transaction that assigns one holds the tenant's lock
    /// (`WriteScope.tenant`) to its end, and SQLite has one writer: so positions become visible in their order, and none is ever
    /// inserted before one that was read. When events are removed, the newest position stays on the tenant's row.
    package func events(after position: Int64, limit: Int) throws -> [FeedEvent] {
        try db.rows(
            """
            SELECT tenant_sequence, uuid, payload FROM order_events WHERE tenant_id = $1 AND tenant_sequence > $2
                AND order_id IS NOT NULL
            ORDER BY tenant_sequence LIMIT $3
            """, [tenantValue, .integer(position), SQLValue(limit)]
        ) { row in
            let id = try row.text(1)
            guard let event = EventID(id) else { throw StoreError.broken("an event cannot be read") }
            return FeedEvent(
                id: event, position: try row.integer(0), payload: try open(try row.blob(2), "event", id))
        }
    }

    /// The tenant's events that can be read.
    package func eventFeed() throws -> EventFeed {
        let found = try db.row(
            """
            SELECT epoch, is_first, (SELECT pruned_position FROM event_retention WHERE tenant_id = $1) FROM incarnation
            """, [tenantValue]
        ) { (epoch: Epoch(try $0.text(0)), isFirst: try $0.integer(1) == 1, pruned: try $0.optionalInteger(2) ?? 0) }
        guard let found, let epoch = found.epoch else { throw StoreError.broken("the database has no epoch") }
        return EventFeed(
            epoch: epoch, acceptsUnmarkedCursors: found.isFirst, latest: try latestEventPosition(), pruned: found.pruned
        )
    }

    /// The position of the tenant's latest event; 0 before the first.
    package func latestEventPosition() throws -> Int64 {
        try db.row("SELECT COALESCE(" + TenantScope.newestEvent + ", 0)", [tenantValue]) { try $0.integer(0) } ?? 0
    }
}
