/// Selects entries of the audit log. A `nil` member selects all.
package struct AuditFilter: Hashable, Sendable {
    package var tenant: TenantID?
    package var action: AuditAction?
    package var actor: AuditActor?
    /// An id among the subjects.
    package var subject: String?
    /// The id of the request.
    package var requestID: String?
    package var since: Timestamp?
    package var until: Timestamp?

    package init() {}
}
