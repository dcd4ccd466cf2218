package import PharmacyDomain

/// Who is at work, and for which request. It is bound around a request, so that verbs need not hand it on, and taken
/// up where a transaction begins: transactions run on threads that know no task. Nothing bound is the server itself.
package struct AuditOrigin: Hashable, Sendable {
    package let actor: AuditActor
    package let requestID: String?

    package init(actor: AuditActor, requestID: String?) {
        self.actor = actor
        self.requestID = requestID
    }

    @TaskLocal package static var current = AuditOrigin(actor: .system, requestID: nil)
}
