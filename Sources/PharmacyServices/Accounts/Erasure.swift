package import Logging
internal import PharmacyDomain
internal import PharmacyStore

/// Removes the records of tenants that are being deleted.
package struct Erasure: Sendable {
    private let environment: ServiceEnvironment

    package init(environment: ServiceEnvironment) {
        self.environment = environment
    }

    /// Removes all records of all tenants that are being deleted.
    package func eraseDue(logger: Logger) async throws {
        try await tryEach(try await environment.store.systemRead { try $0.erasures() }) { tenant in
            while try await eraseSome(of: tenant.tenant) {}
            logger.notice("a tenant was deleted", metadata: ["tenant": "\(tenant.tenant)"])
        }
    }

    /// Removes one batch in a transaction that locks no other tenant.
    /// - Returns: whether there may be more.
    func eraseSome(of tenant: TenantID) async throws -> Bool {
        try Task.checkCancellation()
        return try await environment.store.systemWrite(.tenant(tenant)) {
            try $0.eraseSome(of: tenant, limit: ServiceLimits.erasureBatch)
        }
    }
}
