package import PharmacyDomain

extension TenantScope {
    /// The ids of all keys that sign access tokens, oldest first.
    package func signingKeyIDs() throws -> [Int64] {
        try store.keyring.ids(.signing, name: SystemScope.name, in: db)
    }
}

extension SystemScope {
    static let name = "access-tokens"

    /// Oldest first. One that is damaged is left out, so that it costs the tokens that it signed and no others.
    package func signingKeys() throws -> [SigningKey] {
        try store.keyring.keys(.signing, name: SystemScope.name, in: db).compactMap { key in
            guard let seed = try signingSeed(key) else { return nil }
            return SigningKey(number: key.id, seed: seed, createdAt: Timestamp(milliseconds: key.createdAt))
        }
    }

    /// `nil` where the key is damaged, not where the master key is wrong: then nothing opens, and none is to be replaced.
    private func signingSeed(_ key: Keyring.WrappedKey) throws -> [UInt8]? {
        do {
            return try store.keyring.unwrap(key)
        } catch {
            guard QuarantinedItem.Reason(error) != nil else { throw error }
            try store.keyring.checkMasterKey(in: db)
            return nil
        }
    }

    /// The ids of all signing keys, oldest first.
    package func signingKeyIDs() throws -> [Int64] {
        try store.keyring.ids(.signing, name: SystemScope.name, in: db)
    }

    /// - Parameter seed: 32 random bytes.
    package func addSigningKey(seed: [UInt8], at now: Timestamp) throws {
        _ = try store.keyring.create(.signing, name: SystemScope.name, bytes: seed, at: now.milliseconds, in: db)
    }

    /// Makes every node ask the store again about tokens, and about the keys that sign them.
    package func notifyRevocations() { db.notify(.revocations) }

    package func removeSigningKey(_ number: Int64) throws {
        try store.keyring.remove(number, in: db)
        noteErasure()
    }
}
