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
}
