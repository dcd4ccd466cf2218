package import PharmacyDomain

/// A line as it is kept.
package struct ChainedAuditEntry: Sendable {
    package let sequence: Int64
    /// `nil` when its columns are none that this program writes.
    package let entry: AuditEntry?
    package let hash: [UInt8]
}
