package import PharmacyDomain
internal import PharmacyStore

/// What a tenant sees of the audit log: its own entries.
package struct TenantAuditLog: Sendable {
    private let environment: ServiceEnvironment

    package init(environment: ServiceEnvironment) {
        self.environment = environment
    }

    /// The tenant's newest entries, newest first. The read is audited itself.
    /// - Parameters:
    ///   - filter: its tenant is replaced.
    ///   - position: `next` of an earlier page.
    /// - Returns: the entries of a page, and where the next one begins; `nil` at the end. A page examines a limited number of the
    ///   installation's entries, so it may have few, or none, although there are more.
    package func entries(
        _ filter: AuditFilter, before position: Int64? = nil, limit: Int, tenant: Tenant
    ) async throws -> (entries: [AuditEntry], next: Int64?) {
        var own = filter
        own.tenant = tenant.id
        let wanted = own
        // What this node has not written yet.
        try await ServiceEnvironment.translating { try await environment.auditBuffer.flush() }
        let found = try await ServiceEnvironment.translating {
            try await environment.store.systemRead {
                try $0.newestAuditEntries(
                    wanted, before: position, limit: limit, examining: ServiceLimits.auditEntriesExamined)
            }
        }
        try await environment.record(.auditListed, [], tenant: tenant)
        return (found.entries.compactMap(\.entry), found.next)
    }
}
