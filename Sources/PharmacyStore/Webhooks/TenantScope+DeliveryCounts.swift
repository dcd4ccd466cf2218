package import PharmacyDomain

/// How many deliveries ended in each hour.
extension TenantScope {
    /// Adds to the counts of hours.
    func addDeliveryCounts(_ counts: [DeliveryCount]) throws {
        for count in counts {
            try db.send(
                """
                INSERT INTO delivery_counts (tenant_id, hour, status, deliveries) VALUES ($1, $2, $3, $4)
                ON CONFLICT (tenant_id, hour, status)
                DO UPDATE SET deliveries = delivery_counts.deliveries + excluded.deliveries
                """,
                [
                    tenantValue, .integer(count.hour.milliseconds), .text(count.status.rawValue), SQLValue(count.count),
                ])
        }
    }

    /// The counts of hours that begin at or after a time, oldest first.
    package func deliveryCounts(since moment: Timestamp) throws -> [DeliveryCount] {
        try db.rows(
            """
            SELECT hour, status, deliveries FROM delivery_counts WHERE tenant_id = $1 AND hour >= $2 ORDER BY hour, status
            """, [tenantValue, .integer(moment.milliseconds)]
        ) { row in
            guard let status = Delivery.Status(rawValue: try row.text(1)) else { return nil }
            return DeliveryCount(hour: try row.timestamp(0), status: status, count: Int(try row.integer(2)))
        }.compactMap(\.self)
    }
}
