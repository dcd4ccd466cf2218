package import PharmacyDomain

extension SystemScope {
    /// Removes expired records, `StoreLimits.pruneBatch` at the most.
    /// - Returns: the number of removed records. After a smaller number none is left.
    package func remove(_ expired: ExpiringRecords, at now: Timestamp) throws -> Int {
        try db.run(expired.removal, [.integer(now.milliseconds)])
    }
}
