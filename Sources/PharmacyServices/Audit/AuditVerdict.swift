/// What `audit verify` found.
package enum AuditVerdict: Hashable, Sendable {
    /// Every line is there and as it was written.
    case unbroken(entries: Int64, head: AuditMark)
    /// The first line that is not as it was written, or missing.
    case broken(at: Int64, reason: AuditFault)
}
