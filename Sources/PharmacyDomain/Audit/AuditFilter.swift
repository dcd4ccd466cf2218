/// Which lines of the audit log are wanted; what is `nil` does not narrow.
package struct AuditFilter: Hashable, Sendable {
    package var tenant: TenantID?
    package var action: AuditAction?
    package var actor: AuditActor?
    /// An id among the subjects.
    package var subject: String?
    /// The id of the request that did it.
    package var requestID: String?
    package var since: Timestamp?
    package var until: Timestamp?

    package init() {}
}
