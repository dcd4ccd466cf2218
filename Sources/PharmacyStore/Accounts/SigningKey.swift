package import PharmacyDomain

/// A key that signs access tokens, or did.
package struct SigningKey: Sendable, Redacted {
    /// Its row.
    package let number: Int64
    /// 32 bytes, the private key.
    package let seed: [UInt8]
    package let createdAt: Timestamp
}
