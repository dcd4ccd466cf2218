package import PharmacyDomain

extension SystemScope {
    /// Removes requests that were received in minutes before a time, in at most `StoreLimits.requestLogPruneBatch` blocks. The oldest
    /// of each tenant are found by index.
    /// - Returns: the number of removed blocks. After a smaller number none is left.
    package func pruneRequestLog(before moment: Timestamp) throws -> Int {
        try db.run(
            """
            WITH due AS MATERIALIZED (
                SELECT b.id FROM tenants t JOIN request_log b ON b.tenant_id = t.id AND b.minute < $1 LIMIT 200)
            DELETE FROM request_log WHERE id IN (SELECT id FROM due)
            """, [.integer(moment.minute.milliseconds)])
    }

    /// Removes the counts of hours before a time, `StoreLimits.pruneBatch` at the most.
    /// - Returns: the number of removed counts. After a smaller number none is left.
    package func pruneRequestCounts(before moment: Timestamp) throws -> Int {
        try db.run(
            """
            WITH due AS MATERIALIZED (
                SELECT c.id FROM tenants t JOIN request_counts c ON c.tenant_id = t.id AND c.hour < $1 LIMIT 1000)
            DELETE FROM request_counts WHERE id IN (SELECT id FROM due)
            """, [.integer(moment.milliseconds)])
    }
}
