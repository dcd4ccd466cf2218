package import PharmacyDomain

extension SystemScope {
    /// Removes records that have expired, `StoreLimits.pruneBatch` at the most.
    /// - Returns: how many went; fewer than that: there are no others.
    package func remove(_ expired: ExpiringRecords, at now: Timestamp) throws -> Int {
        try db.run(expired.removal, [.integer(now.milliseconds)])
    }
}
