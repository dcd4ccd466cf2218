internal import PharmacyDomain
internal import PharmacyStore

/// Removes the records of tenants that are being deleted.
struct Erasure: Sendable {
    let environment: ServiceEnvironment

    /// Removes one batch, in a transaction that holds up nobody but the tenant.
    /// - Returns: whether there may be more.
    func eraseSome(of tenant: TenantID) async throws -> Bool {
        try Task.checkCancellation()
        return try await environment.store.systemWrite(.tenant(tenant)) {
            try $0.eraseSome(of: tenant, limit: ServiceLimits.erasureBatch)
        }
    }
}
