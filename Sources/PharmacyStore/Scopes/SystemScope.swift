package import PharmacyDomain

/// What belongs to no tenant, and work that runs across all of them.
package struct SystemScope {
    package let db: any SQLConnection
    let store: Store
    /// Who is at work, for the audit log.
    let origin: AuditOrigin

    /// The scope of one tenant in the same transaction.
    package func tenant(_ id: TenantID) throws -> TenantScope { try store.scope(of: id, in: db, origin: origin) }
}
