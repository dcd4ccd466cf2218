package import PharmacyDomain

/// How far the sealing anew of a tenant's records has come, after its data key was replaced.
package struct Reencryption: Hashable, Sendable {
    package let startedAt: Timestamp
    /// Records sealed anew so far.
    package let records: Int
    /// When the last record was looked at; then the key before is kept only for outcomes under idempotency keys, and for
    /// records that could not be sealed anew.
    package let finishedAt: Timestamp?
    /// Records that could not be, and are tried again or wait for an operator. The key before is their last hope.
    package let outstanding: Int
    /// When the first of those is tried again; `nil` while an operator is waited for.
    package let nextTryAt: Timestamp?

    /// What is sealed anew, one kind of record after the other, each by ascending row.
    enum Step: Int, CaseIterable {
        case patients
        case orders
        case events
        case endpoints
        case attempts
        case webhookSecrets
    }
}

extension SystemScope {
    /// The tenants whose data key has been replaced and whose key before is still kept.
    package func tenantsResealing() throws -> [TenantID] {
        try db.rows("SELECT t.uuid FROM reseals r JOIN tenants t ON t.id = r.tenant_id ORDER BY r.started_at", []) {
            TenantID(try $0.text(0))
        }.compactMap(\.self)
    }

    /// Wraps every key under a new master key.
    /// - Parameter bytes: 32 random bytes.
    /// - Returns: how many keys.
    package func rewrapKeys(under bytes: [UInt8]) throws -> Int {
        guard let next = SealingKey(number: 0, bytes: bytes) else { throw StoreError.wrongMasterKey }
        return try rewrapKeys(under: next)
    }

    /// The same for what is no master key in memory, such as a key service.
    package func rewrapKeys(under next: any WrappingKey) throws -> Int {
        noteErasure()
        return try store.keyring.rewrap(under: next, in: db)
    }

    /// Whether `bytes` are the master key.
    package func isMasterKey(_ bytes: [UInt8]) throws -> Bool {
        try store.keyring.isMasterKey(bytes, in: db)
    }
}

extension TenantScope {
    package func resealing() throws -> Reencryption? {
        try db.row(
            """
            SELECT started_at, records, finished_at,
                (SELECT COUNT(*) FROM quarantined_items WHERE tenant_id = $1 AND work = $2),
                (SELECT MIN(next_try_at) FROM quarantined_items WHERE tenant_id = $1 AND work = $2)
            FROM reseals WHERE tenant_id = $1
            """, [tenantValue, .text(QuarantinedItem.Work.reencryption.rawValue)]
        ) {
            Reencryption(
                startedAt: try $0.timestamp(0), records: Int(try $0.integer(1)),
                finishedAt: try $0.optionalTimestamp(2), outstanding: Int(try $0.integer(3)),
                nextTryAt: try $0.optionalTimestamp(4))
        }
    }

    /// When the present data key was made.
    package func dataKeyCreatedAt() throws -> Timestamp {
        let made = try db.row("SELECT created_at FROM wrapped_keys WHERE id = $1", [.integer(key.number)]) {
            try $0.timestamp(0)
        }
        guard let made else { throw StoreError.broken("a data key is missing") }
        return made
    }

    /// Replaces the data key: what is written from now on is sealed with the new one, and `resealSome` takes what was
    /// sealed with the one before.
    /// - Parameter dataKey: 32 random bytes.
    /// - Returns: whether it was done; not while an earlier replacement is under way.
    package func replaceDataKey(with dataKey: [UInt8], at now: Timestamp) throws -> Bool {
        guard previousKey == nil else { return false }
        // The key that goes on opening all records must be the stored one, or the next start would lose them.
        try store.keyring.confirm(key, in: db)
        let fresh = try store.keyring.create(
            .tenantData, name: tenantID.description, bytes: dataKey, at: now.milliseconds, in: db)
        try updateTenant { tenant in
            tenant.previousDataKey = tenant.dataKey
            tenant.dataKey = fresh.number
        }
        try db.send(
            "INSERT INTO reseals (tenant_id, started_at) VALUES ($1, $2)", [tenantValue, .integer(now.milliseconds)])
        db.notify(.tenants)
        return true
    }

    /// Seals some records anew. Where it has come to is kept in the same transaction, so that a crash costs nothing. What
    /// is unreadable is recorded and left under the key that it is sealed with.
    package func resealSome(limit: Int, at now: Timestamp) throws -> ReencryptedBatch {
        let place = try db.row(
            "SELECT step, after_id FROM reseals WHERE tenant_id = $1 AND finished_at IS NULL", [tenantValue]
        ) { (step: try $0.integer(0), after: try $0.integer(1)) }
        guard let place else { return ReencryptedBatch(mayBeMore: false, failures: []) }
        guard let step = Reencryption.Step(rawValue: Int(place.step)) else {
            try db.send(
                "UPDATE reseals SET finished_at = $2 WHERE tenant_id = $1", [tenantValue, .integer(now.milliseconds)])
            return ReencryptedBatch(mayBeMore: false, failures: [])
        }
        try store.keyring.confirm(key, in: db)
        let done = try reseal(step, after: place.after, limit: limit)
        let failures = try done.failed.compactMap { try recordFailure(step, $0, at: now) }
        try db.send(
            "UPDATE reseals SET step = $2, after_id = $3, records = records + $4 WHERE tenant_id = $1",
            [
                tenantValue, SQLValue(done.last == nil ? step.rawValue + 1 : step.rawValue),
                .integer(done.last ?? 0), SQLValue(done.records),
            ])
        return ReencryptedBatch(mayBeMore: true, failures: failures)
    }

    /// Tries records again that could not be sealed anew, where their time has come.
    package func resealQuarantined(limit: Int, at now: Timestamp) throws -> ReencryptedBatch {
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
        var healed: [QuarantinedItem.Key] = []
        for item in due {
            let key = QuarantinedItem.Key(.reencryption, item, of: tenantID)
            // A kind of record that this program does not know stays as it is.
            guard let (step, row) = Reencryption.Step.place(of: item) else { continue }
            // The page that begins with the record; one that is gone leaves nothing to be done.
            let done = try reseal(step, after: row - 1, limit: 1)
            if done.failed.contains(row) {
                failures += [try recordFailure(step, row, at: now)].compactMap(\.self)
            } else {
                _ = try system.clearQuarantine(key)
                healed.append(key)
            }
        }
        return ReencryptedBatch(mayBeMore: due.count == limit, failures: failures, healed: healed)
    }

    private func recordFailure(_ step: Reencryption.Step, _ row: Int64, at now: Timestamp) throws -> QuarantinedItem? {
        let key = QuarantinedItem.Key(.reencryption, step.item(row), of: tenantID)
        return try system.recordFailure(ItemFailure(key, .undecryptable), at: now)
    }

    /// Removes the data key before. Nothing may be sealed with it any more.
    /// - Throws: `StoreError.broken` while records are outstanding: without the key they would be lost for good.
    package func retirePreviousDataKey() throws {
        guard let previousKey else { return }
        guard try resealing()?.outstanding ?? 0 == 0 else {
            throw StoreError.broken("records are still sealed with the key before")
        }
        try store.keyring.remove(previousKey.number, in: db)
        noteErasure()
        try updateTenant { $0.previousDataKey = nil }
        try db.send("DELETE FROM reseals WHERE tenant_id = $1", [tenantValue])
        // Other nodes forget the key, too.
        db.notify(.tenants)
    }
}

extension Reencryption.Step {
    private static let names: [(Reencryption.Step, String)] = [
        (.patients, "patients"), (.orders, "orders"), (.events, "order_events"), (.endpoints, "webhook_endpoints"),
        (.attempts, "webhook_deliveries"), (.webhookSecrets, "tenants"),
    ]

    /// What a record is called in quarantine: its table and its number there.
    func item(_ row: Int64) -> String {
        let name = Reencryption.Step.names.first { $0.0 == self }?.1 ?? ""
        return "\(name)/\(row)"
    }

    /// `nil` for what `item` does not say.
    static func place(of item: String) -> (Reencryption.Step, Int64)? {
        let parts = item.split(separator: "/")
        guard parts.count == 2, let row = Int64(parts[1]), let step = names.first(where: { $0.1 == parts[0] })?.0 else {
            return nil
        }
        return (step, row)
    }
}
