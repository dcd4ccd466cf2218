/// An audited event: who did what to which records in which request. It never contains the records' content.
package struct AuditEvent: Hashable, Sendable {
    package let at: Timestamp
    /// `nil` for events of the whole installation.
    package let tenant: TenantID?
    package let actor: AuditActor
    package let action: AuditAction
    /// The ids of the affected records, in the order of the response. None contains a space.
    package let subjects: [String]
    /// The `X-Request-Id`; `nil` for work without a request.
    package let requestID: String?

    package init(
        at: Timestamp, tenant: TenantID?, actor: AuditActor, action: AuditAction, subjects: [String],
        requestID: String?
    ) {
        self.at = at
        self.tenant = tenant
        self.actor = actor
        self.action = action
        self.subjects = subjects
        self.requestID = requestID
    }
}
