package import PharmacyDomain

/// A key that signs access tokens, or did.
package struct SigningKey: Sendable, Redacted {
    /// Its row.
    package let number: Int64
    /// 32 bytes, the private key.
    package let seed: [UInt8]
    package let createdAt: Timestamp
}

extension SystemScope {
    private static let name = "access-tokens"

    /// Oldest first.
    package func signingKeys() throws -> [SigningKey] {
        try store.keyring.keys(.signing, name: SystemScope.name, in: db).map { key in
            SigningKey(
                number: key.id, seed: try store.keyring.unwrap(key),
                createdAt: Timestamp(milliseconds: key.createdAt))
        }
    }

    /// - Parameter seed: 32 random bytes.
    package func addSigningKey(seed: [UInt8], at now: Timestamp) throws {
        _ = try store.keyring.create(.signing, name: SystemScope.name, bytes: seed, at: now.milliseconds, in: db)
    }

    package func removeSigningKey(_ number: Int64) throws {
        try store.keyring.remove(number, in: db)
    }
}
