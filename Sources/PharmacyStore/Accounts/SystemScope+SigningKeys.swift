package import PharmacyDomain

extension TenantScope {
    /// The ids of all keys that sign access tokens, oldest first.
    package func signingKeyIDs() throws -> [Int64] {
        try memory.keyring.ids(.signing, name: SystemScope.signingKeyName, in: db)
    }
}

extension SystemScope {
    static let signingKeyName = "access-tokens"

    /// The keys that sign access tokens, oldest first. A damaged key is left out, so that only its own tokens are refused.
    package func signingKeys() throws -> [SigningKey] {
        try memory.keyring.keys(.signing, name: SystemScope.signingKeyName, in: db).compactMap { key in
            guard let seed = try signingSeed(key) else { return nil }
            return SigningKey(number: key.id, seed: seed, createdAt: Timestamp(milliseconds: key.createdAt))
        }
    }

    /// - Returns: `nil` for a damaged key.
    /// - Throws: `StoreError.wrongMasterKey`: no key unwraps then, and none must be replaced.
    private func signingSeed(_ key: WrappedKey) throws -> [UInt8]? {
        do {
            return try memory.keyring.unwrap(key)
        } catch {
            guard QuarantinedItem.Reason(error) != nil else { throw error }
            try memory.keyring.checkMasterKey(in: db)
            return nil
        }
    }

    /// The ids of all signing keys, oldest first.
    package func signingKeyIDs() throws -> [Int64] {
        try memory.keyring.ids(.signing, name: SystemScope.signingKeyName, in: db)
    }

    /// - Parameter seed: 32 random bytes.
    package func addSigningKey(seed: [UInt8], at now: Timestamp) throws {
        _ = try memory.keyring.create(
            .signing, name: SystemScope.signingKeyName, bytes: seed, at: now.milliseconds, in: db)
    }

    /// Makes every node reload tokens and signing keys.
    package func notifyRevocations() { db.notify(.revocations) }

    package func removeSigningKey(_ number: Int64) throws {
        try memory.keyring.remove(number, in: db)
        noteErasure()
    }
}
