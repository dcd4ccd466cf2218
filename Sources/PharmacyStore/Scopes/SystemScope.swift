package import PharmacyDomain

/// Data that belongs to no tenant, and work across all tenants.
package struct SystemScope {
    package let db: any SQLConnection
    let memory: StoreMemory
    /// The actor and the request, for the audit log.
    let origin: AuditOrigin

    /// The scope of one tenant in the same transaction.
    package func tenant(_ id: TenantID) throws -> TenantScope { try memory.scope(of: id, in: db, origin: origin) }
}
