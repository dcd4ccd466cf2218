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

    /// Oldest first. One that is damaged is left out, so that it costs the tokens that it signed and no others.
    package func signingKeys() throws -> [SigningKey] {
        let rows = try db.rows(
            "SELECT id, wrapped, created_at FROM wrapped_keys WHERE purpose = $1 AND name = $2 ORDER BY id",
            [.text(Keyring.Purpose.signing.rawValue), .text(SystemScope.name)]
        ) { (number: try $0.integer(0), wrapped: try $0.blob(1), createdAt: try $0.integer(2)) }
        return try rows.compactMap { row in
            guard let seed = try signingSeed(row.wrapped) else { return nil }
            return SigningKey(
                number: row.number, seed: seed, createdAt: Timestamp(milliseconds: row.createdAt))
        }
    }

    /// How many keys are stored, damaged ones too.
    package func storedSigningKeys() throws -> Int {
        try db.row(
            "SELECT COUNT(*) FROM wrapped_keys WHERE purpose = $1 AND name = $2",
            [.text(Keyring.Purpose.signing.rawValue), .text(SystemScope.name)]
        ) { Int(try $0.integer(0)) } ?? 0
    }

    /// `nil` where the key is damaged, not where the master key is wrong: then nothing opens, and none is to be replaced.
    private func signingSeed(_ wrapped: [UInt8]) throws -> [UInt8]? {
        do {
            return try store.keyring.unwrap(wrapped, .signing, name: SystemScope.name)
        } catch {
            guard QuarantinedItem.Reason(error) != nil else { throw error }
            try store.keyring.checkMasterKey(in: db)
            return nil
        }
    }

    /// - Parameter seed: 32 random bytes.
    package func addSigningKey(seed: [UInt8], at now: Timestamp) throws {
        _ = try store.keyring.create(.signing, name: SystemScope.name, bytes: seed, at: now.milliseconds, in: db)
    }

    package func removeSigningKey(_ number: Int64) throws {
        try db.send(
            "DELETE FROM wrapped_keys WHERE id = $1 AND purpose = $2",
            [.integer(number), .text(Keyring.Purpose.signing.rawValue)])
        store.keyring.forget(number)
    }
}
