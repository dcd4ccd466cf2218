package import PharmacyDomain

/// A key that signs access tokens, or signed them earlier.
package struct SigningKey: Sendable, Redacted {
    /// The key's id.
    package let number: Int64
    /// The private key, 32 bytes.
    package let seed: [UInt8]
    package let createdAt: Timestamp
}
