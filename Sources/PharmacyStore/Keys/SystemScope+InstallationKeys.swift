package import PharmacyDomain

extension SystemScope {
    /// Every key of a name, oldest first: the last is the one in use.
    package func installationKeys(_ name: String) throws -> [InstallationKey] {
        try store.keyring.keys(.installation, name: name, in: db).map { key in
            InstallationKey(
                id: key.id, bytes: try store.keyring.unwrap(key), createdAt: Timestamp(milliseconds: key.createdAt))
        }
    }

    /// The bytes of the key in use of a name, made on first use.
    /// - Parameter fresh: 32 random bytes, used when there is none yet.
    package func installationKey(_ name: String, fresh: [UInt8], at now: Timestamp) throws -> [UInt8] {
        if let bytes = try store.keyring.bytes(.installation, name: name, in: db) { return bytes }
        try addInstallationKey(name, bytes: fresh, at: now)
        return fresh
    }

    /// Adds a key, which is the one in use from then on.
    /// - Parameter bytes: 32 random bytes.
    package func addInstallationKey(_ name: String, bytes: [UInt8], at now: Timestamp) throws {
        _ = try store.keyring.create(.installation, name: name, bytes: bytes, at: now.milliseconds, in: db)
    }

    package func removeInstallationKey(_ key: InstallationKey) throws {
        try store.keyring.remove(key.id, in: db)
        noteErasure()
    }

    // MARK: Seals

    /// Adds to the count of what keys have sealed.
    package func addSeals(_ counts: [Int64: Int64]) throws {
        for (id, count) in counts.sorted(by: { $0.key < $1.key }) {
            try db.send("UPDATE wrapped_keys SET seals = seals + $2 WHERE id = $1", [.integer(id), .integer(count)])
        }
    }

    /// Tenants whose data key has sealed so much, and whose replacement is not in progress.
    package func tenantsWithSeals(atLeast count: Int64) throws -> [TenantID] {
        try db.rows(
            """
            SELECT t.uuid FROM wrapped_keys w JOIN tenants t ON t.data_key = w.id
            WHERE w.purpose = $1 AND w.seals >= $2 AND t.previous_data_key IS NULL
            """, [.text(Keyring.Purpose.tenantData.rawValue), .integer(count)]
        ) { TenantID(try $0.text(0)) }.compactMap(\.self)
    }
}

extension TenantScope {
    /// What the present data key has sealed, as far as it has been recorded.
    package func dataKeySeals() throws -> Int64 {
        try db.row("SELECT seals FROM wrapped_keys WHERE id = $1", [.integer(key.number)]) { try $0.integer(0) } ?? 0
    }

    /// The bytes of the installation's key in use of a name.
    /// - Throws: `StoreError.broken` when there is none.
    package func installationKey(_ name: String) throws -> [UInt8] {
        guard let bytes = try store.keyring.bytes(.installation, name: name, in: db) else {
            throw StoreError.broken("a key of the installation is missing")
        }
        return bytes
    }
}

extension Store {
    /// Records what this process's keys have sealed since the last time.
    package func recordSeals() async throws {
        let counts = keyring.takeSealCounts()
        guard !counts.isEmpty else { return }
        do {
            try await systemWrite(.counters) { try $0.addSeals(counts) }
        } catch {
            keyring.putBack(counts)
            throw error
        }
    }
}

extension SystemScope {
    /// Replaces the key of the proofs of rows that grant something (`GrantProofs`), and every proof that holds. Nothing else
    /// may be written meanwhile (`WriteScope.everything`).
    /// - Parameter bytes: 32 random bytes.
    package func replaceAuthorizationKey(with bytes: [UInt8], at now: Timestamp) throws {
        try store.proofs.replaceKey(with: bytes, at: now, in: db)
        noteErasure()
    }
}
