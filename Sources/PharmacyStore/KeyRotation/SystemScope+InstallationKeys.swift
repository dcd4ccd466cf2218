package import PharmacyDomain

extension SystemScope {
    /// The keys of a name, oldest first. The last one is in use.
    package func installationKeys(_ name: String) throws -> [InstallationKey] {
        try memory.keyring.keys(.installation, name: name, in: db).map { key in
            InstallationKey(
                id: key.id, bytes: try memory.keyring.unwrap(key), createdAt: Timestamp(milliseconds: key.createdAt))
        }
    }

    /// The bytes of the key in use of a name, which is created if there is none.
    /// - Parameter fresh: 32 random bytes, used for a new key.
    package func installationKey(_ name: String, fresh: [UInt8], at now: Timestamp) throws -> [UInt8] {
        if let bytes = try memory.keyring.bytes(.installation, name: name, in: db) { return bytes }
        try addInstallationKey(name, bytes: fresh, at: now)
        return fresh
    }

    /// Adds a key, which is the one in use from then on.
    /// - Parameter bytes: 32 random bytes.
    package func addInstallationKey(_ name: String, bytes: [UInt8], at now: Timestamp) throws {
        _ = try memory.keyring.create(.installation, name: name, bytes: bytes, at: now.milliseconds, in: db)
    }

    package func removeInstallationKey(_ key: InstallationKey) throws {
        try memory.keyring.remove(key.id, in: db)
        noteErasure()
    }

    /// Rotates the key of the proofs of rows that grant access (`GrantProofs`), and replaces every valid proof. It must be the
    /// only write (`WriteScope.everything`).
    /// - Parameter bytes: 32 random bytes.
    package func rotateAuthorizationKey(with bytes: [UInt8], at now: Timestamp) throws {
        try memory.proofs.rotateKey(with: bytes, at: now, in: db)
        noteErasure()
    }
}

extension TenantScope {
    /// The bytes of the installation's key in use of a name.
    /// - Throws: `StoreError.broken` when there is none.
    package func installationKey(_ name: String) throws -> [UInt8] {
        guard let bytes = try memory.keyring.bytes(.installation, name: name, in: db) else {
            throw StoreError.broken("a key of the installation is missing")
        }
        return bytes
    }
}
