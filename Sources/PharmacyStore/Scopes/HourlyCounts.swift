package import PharmacyDomain

/// What is counted by hour for each tenant, for figures over a time that the records themselves need not cover.
package enum HourlyCounts: String, CaseIterable, Sendable {
    case requests = "request counts"
    case deliveries = "delivery counts"

    /// Removes `StoreLimits.pruneBatch` at the most.
    fileprivate var removal: SQL {
        switch self {
        case .requests:
            """
            WITH due AS MATERIALIZED (
                SELECT c.id FROM tenants t JOIN request_counts c ON c.tenant_id = t.id AND c.hour < $1 LIMIT 1000)
            DELETE FROM request_counts WHERE id IN (SELECT id FROM due)
            """
        case .deliveries:
            """
            WITH due AS MATERIALIZED (
                SELECT c.id FROM tenants t JOIN delivery_counts c ON c.tenant_id = t.id AND c.hour < $1 LIMIT 1000)
            DELETE FROM delivery_counts WHERE id IN (SELECT id FROM due)
            """
        }
    }
}

extension SystemScope {
    /// Removes the counts of hours before a time, `StoreLimits.pruneBatch` at the most.
    /// - Returns: the number of removed counts. After a smaller number none is left.
    package func prune(_ counts: HourlyCounts, before moment: Timestamp) throws -> Int {
        try db.run(counts.removal, [.integer(moment.milliseconds)])
    }
}
