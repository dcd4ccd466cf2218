package import PharmacyDomain

extension SystemScope {
    /// Removes the oldest events with their deliveries and attempts, some at a time, and the URLs that have none left. An
    /// event stays while a delivery of it is not finished.
    /// - Parameters:
    ///   - moment: events that occurred before it go.
    ///   - limit: the most that go, 1 or more.
    /// - Returns: how many went.
    package func pruneEvents(before moment: Timestamp, limit: Int) throws -> Int {
        let events = try db.rows(
            """
            SELECT id FROM order_events WHERE occurred_at < $1 AND NOT EXISTS (
                SELECT 1 FROM webhook_deliveries d WHERE d.event_id = order_events.id AND d.completed_at IS NULL)
            ORDER BY occurred_at LIMIT $2
            """, [.integer(moment.milliseconds), SQLValue(limit)]
        ) { try $0.integer(0) }
        var endpoints: Set<Int64> = []
        for event in events {
            endpoints.formUnion(
                try db.rows("SELECT endpoint_id FROM webhook_deliveries WHERE event_id = $1", [.integer(event)]) {
                    try $0.integer(0)
                })
            try db.run("DELETE FROM order_events WHERE id = $1", [.integer(event)])
        }
        for endpoint in endpoints {
            try db.run(
                """
                DELETE FROM webhook_endpoints WHERE id = $1
                    AND NOT EXISTS (SELECT 1 FROM webhook_deliveries WHERE endpoint_id = $1)
                """, [.integer(endpoint)])
        }
        return events.count
    }
}
