package import PharmacyDomain

/// How far the sealing anew of a tenant's records has come, after its data key was replaced.
package struct Resealing: Hashable, Sendable {
    package let startedAt: Timestamp
    /// Records sealed anew so far.
    package let records: Int
    /// When the last record was; then the key before is kept only for outcomes under idempotency keys.
    package let finishedAt: Timestamp?

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
        try store.keyring.rewrap(under: bytes, in: db)
    }

    /// Whether `bytes` are the master key.
    package func isMasterKey(_ bytes: [UInt8]) throws -> Bool {
        try store.keyring.isMasterKey(bytes, in: db)
    }
}

extension TenantScope {
    package func resealing() throws -> Resealing? {
        try db.row("SELECT started_at, records, finished_at FROM reseals WHERE tenant_id = $1", [tenantValue]) {
            Resealing(
                startedAt: try $0.timestamp(0), records: Int(try $0.integer(1)),
                finishedAt: try $0.optionalTimestamp(2))
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
        try db.send(
            "UPDATE tenants SET previous_data_key = data_key, data_key = $2 WHERE id = $1",
            [tenantValue, .integer(fresh.number)])
        try db.send(
            "INSERT INTO reseals (tenant_id, started_at) VALUES ($1, $2)", [tenantValue, .integer(now.milliseconds)])
        db.ring(.tenants)
        return true
    }

    /// Seals some records anew. Where it has come to is kept in the same transaction, so that a crash costs nothing.
    /// - Returns: whether there may be more.
    package func resealSome(limit: Int, at now: Timestamp) throws -> Bool {
        let place = try db.row(
            "SELECT step, after_id FROM reseals WHERE tenant_id = $1 AND finished_at IS NULL", [tenantValue]
        ) { (step: try $0.integer(0), after: try $0.integer(1)) }
        guard let place else { return false }
        guard let step = Resealing.Step(rawValue: Int(place.step)) else {
            try db.send(
                "UPDATE reseals SET finished_at = $2 WHERE tenant_id = $1", [tenantValue, .integer(now.milliseconds)])
            return false
        }
        try store.keyring.confirm(key, in: db)
        let done = try reseal(step, after: place.after, limit: limit)
        try db.send(
            "UPDATE reseals SET step = $2, after_id = $3, records = records + $4 WHERE tenant_id = $1",
            [
                tenantValue, SQLValue(done.last == nil ? step.rawValue + 1 : step.rawValue),
                .integer(done.last ?? 0), SQLValue(done.records),
            ])
        return true
    }

    /// Removes the data key before. Nothing may be sealed with it any more.
    package func retirePreviousDataKey() throws {
        guard let previousKey else { return }
        try store.keyring.remove(previousKey.number, in: db)
        try db.send("UPDATE tenants SET previous_data_key = NULL WHERE id = $1", [tenantValue])
        try db.send("DELETE FROM reseals WHERE tenant_id = $1", [tenantValue])
    }
}
