package import PharmacyDomain

/// The actor of the present work, and its request. It is a task-local value, so that verbs need not pass it on. `Store` reads it
/// when a transaction begins, because transactions run on threads without a task. Without a value the actor is the server.
package struct AuditOrigin: Hashable, Sendable {
    package let actor: AuditActor
    package let requestID: String?

    package init(actor: AuditActor, requestID: String?) {
        self.actor = actor
        self.requestID = requestID
    }

    @TaskLocal package static var current = AuditOrigin(actor: .system, requestID: nil)
}
