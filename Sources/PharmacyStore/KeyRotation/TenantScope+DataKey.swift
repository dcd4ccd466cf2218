package import PharmacyDomain

extension TenantScope {
    /// When the present data key was created.
    package func dataKeyCreatedAt() throws -> Timestamp {
        let createdAt = try db.row("SELECT created_at FROM wrapped_keys WHERE id = $1", [.integer(key.number)]) {
            try $0.timestamp(0)
        }
        guard let createdAt else { throw StoreError.broken("a data key is missing") }
        return createdAt
    }

    /// How many records the present data key has sealed, as far as the counts have been recorded.
    package func dataKeySeals() throws -> Int64 {
        try db.row("SELECT seals FROM wrapped_keys WHERE id = $1", [.integer(key.number)]) { try $0.integer(0) } ?? 0
    }

    /// Rotates the data key: from now on records are sealed with the new key, and `reencryptSome` re-encrypts the others.
    /// - Parameter dataKey: 32 random bytes.
    /// - Returns: `false` while an earlier rotation is in progress; nothing is changed then.
    package func rotateDataKey(with dataKey: [UInt8], at now: Timestamp) throws -> Bool {
        guard previousKey == nil else { return false }
        // All records still need the present key: if it were not the stored one, they would be lost with the next start.
        try memory.keyring.confirm(key, in: db)
        let fresh = try memory.keyring.create(
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

    /// The progress of the rotation; `nil` where none is in progress.
    package func reencryption() throws -> Reencryption? {
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

    /// Removes the previous data key and ends the rotation. No record may need the key any more.
    /// - Throws: `StoreError.broken` while records are outstanding: without the key they would be lost.
    package func retirePreviousDataKey() throws {
        guard let previousKey else { return }
        guard try reencryption()?.outstanding ?? 0 == 0 else {
            throw StoreError.broken("records are still sealed with the previous data key")
        }
        try memory.keyring.remove(previousKey.number, in: db)
        noteErasure()
        try updateTenant { $0.previousDataKey = nil }
        try db.send("DELETE FROM reseals WHERE tenant_id = $1", [tenantValue])
        // Other nodes remove the key from their memory.
        db.notify(.tenants)
    }
}

extension SystemScope {
    /// The tenants whose rotation is in progress, by its start.
    package func tenantsBeingReencrypted() throws -> [TenantID] {
        try db.rows("SELECT t.uuid FROM reseals r JOIN tenants t ON t.id = r.tenant_id ORDER BY r.started_at", []) {
            TenantID(try $0.text(0))
        }.compactMap(\.self)
    }

    /// Tenants whose data key has sealed `count` records or more, and is not being rotated.
    package func tenantsWithSeals(atLeast count: Int64) throws -> [TenantID] {
        try db.rows(
            """
            SELECT t.uuid FROM wrapped_keys w JOIN tenants t ON t.data_key = w.id
            WHERE w.purpose = $1 AND w.seals >= $2 AND t.previous_data_key IS NULL
            """, [.text(Keyring.Purpose.tenantData.rawValue), .integer(count)]
        ) { TenantID(try $0.text(0)) }.compactMap(\.self)
    }

    /// Adds to the stored counts of sealed records, by key.
    package func addSeals(_ counts: [Int64: Int64]) throws {
        for (id, count) in counts.sorted(by: { $0.key < $1.key }) {
            try db.send("UPDATE wrapped_keys SET seals = seals + $2 WHERE id = $1", [.integer(id), .integer(count)])
        }
    }
}
