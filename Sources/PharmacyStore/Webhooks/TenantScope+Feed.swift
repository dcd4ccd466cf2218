package import PharmacyDomain

extension TenantScope {
    /// Events behind a position, in their order.
    ///
    /// A position is the newest event's plus one. Whoever draws it holds the tenant's lock (`WriteScope.tenant`) until the
    /// transaction is over, and the embedded engine has one writer: so positions appear in their order, and none ever
    /// appears behind one that was handed out. Where events go, the newest position stays on the tenant's row.
    package func events(after position: Int64, limit: Int) throws -> [FeedEvent] {
        try db.rows(
            """
            SELECT tenant_sequence, uuid, payload FROM order_events WHERE tenant_id = $1 AND tenant_sequence > $2
            ORDER BY tenant_sequence LIMIT $3
            """, [tenantValue, .integer(position), SQLValue(limit)]
        ) { row in
            let id = try row.text(1)
            guard let event = EventID(id) else { throw StoreError.broken("an event cannot be read") }
            return FeedEvent(
                id: event, position: try row.integer(0), payload: try open(try row.blob(2), "event", id))
        }
    }

    /// What there is to read of the tenant's events.
    package func eventFeed() throws -> EventFeed {
        let found = try db.row(
            """
            SELECT epoch, is_first, (SELECT pruned_position FROM event_retention WHERE tenant_id = $1) FROM incarnation
            """, [tenantValue]
        ) { (epoch: Epoch(try $0.text(0)), isFirst: try $0.integer(1) == 1, pruned: try $0.optionalInteger(2) ?? 0) }
        guard let found, let epoch = found.epoch else { throw StoreError.broken("the database has no epoch") }
        return EventFeed(
            epoch: epoch, takesUnmarkedCursors: found.isFirst, latest: try latestEventPosition(), pruned: found.pruned)
    }

    /// The position of the tenant's latest event; 0 before the first.
    package func latestEventPosition() throws -> Int64 {
        try db.row("SELECT COALESCE(" + TenantScope.newestEvent + ", 0)", [tenantValue]) { try $0.integer(0) } ?? 0
    }

    /// Makes some deliveries that have failed due again, oldest first and with all their retries, each behind what is
    /// unfinished of its order and URL.
    /// - Parameters:
    ///   - since: when the earliest of them failed; `now`: when the latest may have, so that one that fails again at once
    ///     is not taken twice.
    ///   - url: to this URL alone.
    package func recoverSome(
        since: Timestamp, url: String?, limit: Int, at now: Timestamp
    ) throws -> [DeliveryID] {
        var only: SQL = ""
        var binds: [SQLValue] = [
            tenantValue, .integer(since.milliseconds), SQLValue(limit), .integer(now.milliseconds),
        ]
        if let url {
            only =
                "AND endpoint_id IN (SELECT id FROM webhook_endpoints WHERE tenant_id = $1 AND url_digest IN ($5, $6))"
            binds += urlDigests(url)
        }
        let failed = try db.rows(
            "SELECT id, uuid, order_id, endpoint_id FROM webhook_deliveries"
                + "WHERE tenant_id = $1 AND status = 'failed' AND completed_at BETWEEN $2 AND $4" + only
                + "ORDER BY id LIMIT $3",
            binds
        ) { (row: try $0.integer(0), id: try $0.text(1), order: try $0.integer(2), endpoint: try $0.integer(3)) }
        let queues = DeliveryQueues(db: db)
        for delivery in failed {
            try queues.restart(delivery.row, order: delivery.order, endpoint: delivery.endpoint, at: now)
        }
        return failed.compactMap { DeliveryID($0.id) }
    }
}
