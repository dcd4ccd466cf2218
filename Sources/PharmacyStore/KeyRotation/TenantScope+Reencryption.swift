package import PharmacyDomain

extension TenantScope {
    /// Re-encrypts some records. The progress is stored in the same transaction, so that a crash costs at most one batch. An
    /// unreadable record is quarantined and stays under its key.
    /// - Parameter limit: the most records, 1 or more.
    package func reencryptSome(limit: Int, at now: Timestamp) throws -> ReencryptedBatch {
        let position = try db.row(
            "SELECT step, after_id FROM reseals WHERE tenant_id = $1 AND finished_at IS NULL", [tenantValue]
        ) { (step: try $0.integer(0), after: try $0.integer(1)) }
        guard let position else { return ReencryptedBatch(mayBeMore: false, failures: []) }
        guard let step = Reencryption.Step(rawValue: Int(position.step)) else {
            try db.send(
                "UPDATE reseals SET finished_at = $2 WHERE tenant_id = $1", [tenantValue, .integer(now.milliseconds)])
            return ReencryptedBatch(mayBeMore: false, failures: [])
        }
        try memory.keyring.confirm(key, in: db)
        let batch = try reencrypt(step, after: position.after, limit: limit)
        let failures = try batch.failed.compactMap { try recordFailure(step, $0, at: now) }
        try db.send(
            "UPDATE reseals SET step = $2, after_id = $3, records = records + $4 WHERE tenant_id = $1",
            [
                tenantValue, SQLValue(batch.last == nil ? step.rawValue + 1 : step.rawValue),
                .integer(batch.last ?? 0), SQLValue(batch.records),
            ])
        return ReencryptedBatch(mayBeMore: true, failures: failures)
    }

    /// Tries quarantined records again that are due.
    /// - Parameter limit: the most records, 1 or more.
    package func reencryptQuarantined(limit: Int, at now: Timestamp) throws -> ReencryptedBatch {
        let due = try db.rows(
            """
            SELECT item FROM quarantined_items WHERE tenant_id = $1 AND work = $2 AND next_try_at <= $3
            ORDER BY next_try_at LIMIT $4
            """,
            [
                tenantValue, .text(QuarantinedItem.Work.reencryption.rawValue), .integer(now.milliseconds),
                SQLValue(limit),
            ]
        ) { try $0.text(0) }
        var failures: [QuarantinedItem] = []
        var recovered: [QuarantinedItem.Key] = []
        for item in due {
            let key = QuarantinedItem.Key(.reencryption, item, of: tenantID)
            // A kind of record that this version does not know stays as it is.
            guard let (step, row) = Reencryption.Step.record(of: item) else { continue }
            // A page of one record. If the record was deleted, the page is empty or holds the next one.
            let batch = try reencrypt(step, after: row - 1, limit: 1)
            if batch.failed.contains(row) {
                failures += [try recordFailure(step, row, at: now)].compactMap(\.self)
            } else {
                _ = try system.clearQuarantine(key)
                recovered.append(key)
            }
        }
        return ReencryptedBatch(mayBeMore: due.count == limit, failures: failures, recovered: recovered)
    }

    private func recordFailure(_ step: Reencryption.Step, _ row: Int64, at now: Timestamp) throws -> QuarantinedItem? {
        let key = QuarantinedItem.Key(.reencryption, step.item(row), of: tenantID)
        return try system.recordFailure(ItemFailure(key, .undecryptable), at: now)
    }
}
