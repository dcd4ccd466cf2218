package import PharmacyDomain

/// An entry of the audit log with its hash, as it is stored.
package struct ChainedAuditEntry: Sendable {
    package let sequence: Int64
    /// `nil` where the columns contain values that this program never writes.
    package let entry: AuditEntry?
    package let hash: [UInt8]
}
