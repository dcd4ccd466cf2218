package import PharmacyDomain

/// A key that belongs to the whole installation.
package struct InstallationKey: Sendable, Redacted {
    package let id: Int64
    package let bytes: [UInt8]
    package let createdAt: Timestamp
}
