package import PharmacyDomain

extension SystemScope {
    /// The backlog of each kind of work. Each statement reads up to `StoreLimits.countedBacklog` rows of a partial index that
    /// contains only waiting work.
    package func backlogs(at now: Timestamp) throws -> [WaitingWork: Backlog] {
        var backlogs: [WaitingWork: Backlog] = [:]
        for work in WaitingWork.allCases { backlogs[work] = try backlog(of: work, at: now) }
        return backlogs
    }

    private func backlog(of work: WaitingWork, at now: Timestamp) throws -> Backlog? {
        let limit = SQLValue(StoreLimits.countedBacklog)
        let (statement, binds): (SQL, [SQLValue]) =
            switch work {
            case .dispatches:
                (
                    """
                    SELECT COUNT(*), MIN(since) FROM (
                        SELECT created_at AS since FROM orders WHERE dispatch_at IS NOT NULL LIMIT $1) AS waiting
                    """, [limit]
                )
            case .deliveries:
                (
                    """
                    SELECT COUNT(*), MIN(since) FROM (
                        SELECT created_at AS since FROM webhook_deliveries WHERE completed_at IS NULL LIMIT $1) AS waiting
                    """, [limit]
                )
            case .dueDeliveries:
                (
                    """
                    SELECT COUNT(*), MIN(since) FROM (
                        SELECT d.due_at AS since FROM webhook_endpoints e CROSS JOIN webhook_deliveries d
                        WHERE e.due_at <= $2 AND d.endpoint_id = e.id AND d.due_at <= $2 LIMIT $1) AS waiting
                    """, [limit, .integer(now.milliseconds)]
                )
            }
        return try db.row(statement, binds) { row in
            Backlog(count: Int(try row.integer(0)), oldest: try row.optionalTimestamp(1))
        }
    }

    /// Whether there is a tenant. An installation has its sandbox from the start.
    package func hasTenants() throws -> Bool {
        try db.row("SELECT 1 FROM tenants LIMIT 1", []) { _ in true } ?? false
    }
}
