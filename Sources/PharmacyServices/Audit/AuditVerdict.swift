package import PharmacyDomain

/// The result of `AuditLog.verify`.
package enum AuditVerdict: Hashable, Sendable {
    /// Every entry is present and unchanged.
    case unbroken(entries: Int64, head: AuditMark)
    /// The number of the first entry that was altered or is missing.
    case broken(at: Int64, reason: AuditFault)
}
