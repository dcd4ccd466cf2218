/// One thing that was done: who did what to which things in which request. Never what the things contain.
package struct AuditEvent: Hashable, Sendable {
    package let at: Timestamp
    /// `nil` for what belongs to the whole installation.
    package let tenant: TenantID?
    package let actor: AuditActor
    package let action: AuditAction
    /// The ids of what was done something to, in the order of the answer: none contains a space.
    package let subjects: [String]
    /// The `X-Request-Id`; `nil` for what no request asked for.
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
