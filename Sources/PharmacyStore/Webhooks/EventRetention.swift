package import PharmacyDomain

/// Old events of one tenant, by their rows.
package struct ExpiredEvents: Sendable {
    package let tenant: TenantID
    let events: [Int64]
}

/// An event is retained while a delivery of it is not finished.
private let isFinished: SQL = """
    NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.event_id = order_events.id AND d.completed_at IS NULL)
    """

extension SystemScope {
    /// The oldest events that may be removed.
    /// - Parameters:
    ///   - moment: those that were recorded before it.
    ///   - limit: the most that are returned, 1 or more.
    package func expiredEvents(before moment: Timestamp, limit: Int) throws -> [ExpiredEvents] {
        let rows = try db.rows(
            "SELECT id, (SELECT uuid FROM tenants WHERE tenants.id = order_events.tenant_id) FROM order_events"
                + "WHERE recorded_at < $1 AND" + isFinished + "ORDER BY recorded_at LIMIT $2",
            [.integer(moment.milliseconds), SQLValue(limit)]
        ) { (event: try $0.integer(0), tenant: try $0.text(1)) }
        return Dictionary(grouping: rows, by: \.tenant).compactMap { tenant, rows in
            TenantID(tenant).map { ExpiredEvents(tenant: $0, events: rows.map(\.event)) }
        }
    }
}

extension SystemScope {
    /// Removes events with their deliveries and attempts, and the URLs that have none left. Decrypts nothing, so that a tenant
    /// whose records cannot be decrypted does not stop retention. The caller holds the tenant's lock (`WriteScope.tenant`).
    /// - Returns: how many events were removed.
    package func remove(_ expired: ExpiredEvents) throws -> Int {
        guard let tenant = try tenantRow(expired.tenant) else { return 0 }
        var endpoints: Set<Int64> = []
        var removed: [Int64] = []
        let newest = try db.row(
            """
            SELECT e.id FROM order_events e
            WHERE e.tenant_id = $1
                AND e.tenant_sequence >= (SELECT t.event_floor FROM tenants t WHERE t.id = $1)
            ORDER BY e.tenant_sequence DESC LIMIT 1
            """, [.integer(tenant)]
        ) { try $0.integer(0) }
        // Its position must not be assigned again.
        if let newest, expired.events.contains(newest) { try raiseEventFloor(tenant) }
        for event in expired.events {
            endpoints.formUnion(
                try db.rows("SELECT endpoint_id FROM webhook_deliveries WHERE event_id = $1", [.integer(event)]) {
                    try $0.integer(0)
                })
            removed += try db.rows(
                "DELETE FROM order_events WHERE tenant_id = $1 AND id = $2 AND" + isFinished
                    + "RETURNING tenant_sequence",
                [.integer(tenant), .integer(event)]
            ) { try $0.integer(0) }
        }
        if let latest = removed.max() { try notePruned(tenant, upTo: latest) }
        for endpoint in endpoints {
            try db.send(
                """
                DELETE FROM webhook_endpoints WHERE id = $1
                    AND NOT EXISTS (SELECT 1 FROM webhook_deliveries WHERE endpoint_id = $1)
                    AND NOT EXISTS (SELECT 1 FROM registered_endpoints WHERE endpoint_id = $1)
                """, [.integer(endpoint)])
        }
        return removed.count
    }

    /// Stores the position of the latest event that was removed: cursors before it have expired.
    private func notePruned(_ tenant: Int64, upTo position: Int64) throws {
        try db.send(
            """
            INSERT INTO event_retention (tenant_id, pruned_position) VALUES ($1, $2)
            ON CONFLICT (tenant_id) DO UPDATE SET pruned_position = excluded.pruned_position
            WHERE event_retention.pruned_position < excluded.pruned_position
            """, [.integer(tenant), .integer(position)])
    }
}
