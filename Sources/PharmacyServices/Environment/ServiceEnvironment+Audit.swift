internal import PharmacyDomain
internal import PharmacyStore

extension ServiceEnvironment {
    /// Records a read, or a failed login, in the audit log.
    /// - Parameter actor: `nil`: the current one (`AuditOrigin.current`).
    func record(
        _ action: AuditAction, _ subjects: [String], tenant: Tenant, actor: AuditActor? = nil
    ) async throws {
        let origin = AuditOrigin.current
        let event = AuditEvent(
            at: now, tenant: tenant.id, actor: actor ?? origin.actor, action: action, subjects: subjects,
            requestID: origin.requestID)
        try await ServiceEnvironment.translating { try await auditBuffer.record(event) }
    }

    /// Records a read of documents in the audit log, by their ids.
    func record(_ action: AuditAction, _ read: [Representation], tenant: Tenant) async throws {
        try await record(action, read.map(\.id), tenant: tenant)
    }
}
