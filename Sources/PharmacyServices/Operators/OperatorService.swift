internal import PharmacyDomain
internal import PharmacyStore

/// The operator's verbs, which the commands run.
///
/// They use only the store, so that they can run while a server runs. The server sees their effect when its caches expire
/// (`ServiceLimits.verificationCacheLifetime`).
package struct OperatorService: Sendable {
    let environment: ServiceEnvironment
    let setupTokens: SetupTokens
    let wipeEvery: Duration

    /// - Parameter wipeEvery: how long after its creation a sandbox is wiped first.
    package init(environment: ServiceEnvironment, setupTokens: SetupTokens, wipeEvery: Duration) {
        self.environment = environment
        self.setupTokens = setupTokens
        self.wipeEvery = wipeEvery
    }

    /// Reads one tenant in a transaction.
    /// - Parameter name: the tenant's name or id.
    /// - Throws: `OperationError.noSuchTenant`.
    func read<Value: Sendable>(
        _ name: String, _ body: @escaping @Sendable (TenantScope, Tenant) throws -> Value
    ) async throws -> Value {
        try await environment.store.systemRead { scope in
            let tenant = try OperatorService.tenant(called: name, in: scope)
            return try body(scope.tenant(tenant.id), tenant)
        }
    }

    /// Changes one tenant in a transaction.
    /// - Parameter name: the tenant's name or id.
    /// - Throws: `OperationError.noSuchTenant`.
    func write<Value: Sendable>(
        _ name: String, _ body: @escaping @Sendable (TenantScope, Tenant) throws -> Value
    ) async throws -> Value {
        try await environment.store.systemWrite { scope in
            let tenant = try OperatorService.tenant(called: name, in: scope)
            return try body(scope.tenant(tenant.id), tenant)
        }
    }

    /// - Throws: `OperationError.noSuchTenant`.
    static func tenant(called name: String, in scope: SystemScope) throws -> Tenant {
        guard let tenant = try scope.tenant(called: name) else { throw OperationError.noSuchTenant(name) }
        return tenant
    }
}
