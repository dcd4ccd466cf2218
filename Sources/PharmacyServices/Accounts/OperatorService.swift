package import PharmacyDomain
internal import PharmacyStore

/// The operator's verbs. They work on the store alone, so that they run beside a server, which sees their effect when
/// what it remembers has run out (`ServiceLimits.verificationKept`).
package struct OperatorService: Sendable {
    let environment: ServiceEnvironment
    let setupTokens: SetupTokens
    private let wipeEvery: Duration

    /// - Parameter wipeEvery: how long a new sandbox has until its first wipe.
    package init(environment: ServiceEnvironment, setupTokens: SetupTokens, wipeEvery: Duration) {
        self.environment = environment
        self.setupTokens = setupTokens
        self.wipeEvery = wipeEvery
    }

    // MARK: Tenants

    /// Makes a tenant and its setup token.
    /// - Returns: the tenant's document with `setup_token` and `setup_token_expires_at`.
    /// - Throws: `OperationError`.
    package func createTenant(named name: String, kind: Tenant.Kind) async throws -> JSON {
        guard Tenant.isValid(name: name) else { throw OperationError.badName }
        let now = environment.now
        let entropy = environment.entropy
        let tenant = Tenant(
            id: entropy.identifier(), name: name, kind: kind, status: .active, createdAt: now,
            resetsAt: kind == .sandbox ? now + wipeEvery : nil)
        let dataKey = entropy.bytes(SealingKey.length)
        let secret = entropy.secret(.webhookSecret)
        let issued = try await environment.store.systemWrite { scope in
            guard try !scope.erasures().contains(where: { $0.name == name }) else {
                throw OperationError.beingDeleted(name)
            }
            guard try !scope.isTenantNameTaken(name) else { throw OperationError.nameTaken(name) }
            try scope.createTenant(tenant, dataKey: dataKey, webhookSecret: secret)
            scope.audit(.tenantCreated, [tenant.id.description], tenant: tenant.id, at: now)
            return try setupTokens.issue(to: tenant, in: scope.tenant(tenant.id), at: now, entropy: entropy)
        }
        return .object((tenant.document.members ?? []) + OperatorService.members(of: issued))
    }

    /// By name; those that are being deleted, whose `status` is `deleting`, behind them.
    package func tenants() async throws -> [JSON] {
        try await environment.store.systemRead { scope in
            try scope.tenants().map(\.document) + scope.erasures().map(OperatorService.document)
        }
    }

    /// - Returns: the tenant's document with `active_credentials`, `patients` and `failing_webhook_urls`.
    package func tenant(named name: String) async throws -> JSON {
        try await read(name) { scope, tenant in
            .object(
                (tenant.document.members ?? []) + [
                    JSON.Member("active_credentials", JSON(try scope.activeCredentialCount())),
                    JSON.Member("patients", JSON(try scope.patientCount())),
                    JSON.Member("failing_webhook_urls", JSON(try scope.failingEndpoints())),
                ])
        }
    }

    /// A suspended tenant's paths are those of a tenant that is not there, until it is resumed.
    package func setStatus(_ status: Tenant.Status, ofTenant name: String) async throws -> JSON {
        let now = environment.now
        try await write(name) { scope, tenant in
            try scope.setStatus(status)
            scope.audit(
                status == .active ? .tenantResumed : .tenantSuspended, [tenant.id.description], at: now)
        }
        return try await tenant(named: name)
    }

    // MARK: Setup tokens, credentials, webhook secrets

    /// - Returns: `tenant`, `setup_token` and `setup_token_expires_at`.
    package func issueSetupToken(toTenant name: String) async throws -> JSON {
        let now = environment.now
        let entropy = environment.entropy
        let issued = try await write(name) { scope, tenant in
            try setupTokens.issue(to: tenant, in: scope, at: now, entropy: entropy)
        }
        return .object([JSON.Member("tenant", .string(name))] + OperatorService.members(of: issued))
    }

    /// Newest first.
    package func credentials(ofTenant name: String, includingRevoked: Bool) async throws -> [JSON] {
        try await read(name) { scope, _ in
            try scope.credentials(includingRevoked: includingRevoked).map(\.document)
        }
    }

    /// Revokes a credential and all its tokens; twice is once.
    package func revokeCredential(_ clientID: String, ofTenant name: String) async throws -> JSON {
        let now = environment.now
        return try await write(name) { scope, _ in
            guard let id = ClientID(clientID), try scope.credential(id) != nil else {
                throw OperationError.noSuchCredential
            }
            try scope.revokeCredential(id, at: now)
            scope.audit(.credentialRevoked, [id.description], at: now)
            guard let revoked = try scope.credential(id) else { throw OperationError.noSuchCredential }
            return revoked.document
        }
    }

    /// Gives a tenant a new webhook secret, in place of one that is pending.
    /// - Parameter seconds: until the new secret is the only one, in `WebhookSecrets.activationRange`.
    /// - Returns: `tenant`, `webhook_secret` and `activates_at`.
    package func rotateWebhookSecret(ofTenant name: String, after seconds: Int) async throws -> JSON {
        let rotation = WebhookSecretRotation(after: seconds, environment: environment)
        let shown = try await write(name) { scope, tenant in try rotation.apply(to: tenant.id, in: scope) }
        return .object([JSON.Member("tenant", .string(name))] + (shown.members ?? []))
    }

    // MARK: Pharmacies

    /// Asks a tenant's pharmacy system for its pharmacies, inactive ones too.
    package func pharmacies(ofTenant name: String, systems: PharmacySystems) async throws -> [JSON] {
        let tenant = try await read(name) { _, tenant in tenant }
        do {
            return try await systems.system(of: tenant).pharmacies(tenant: tenant).map(\.document)
        } catch {
            throw OperationError.pharmacyUnavailable(error.reason)
        }
    }

    // MARK: One tenant's transaction

    private func read<Value: Sendable>(
        _ name: String, _ body: @escaping @Sendable (TenantScope, Tenant) throws -> Value
    ) async throws -> Value {
        try await environment.store.systemRead { try OperatorService.with(name, in: $0, body) }
    }

    private func write<Value: Sendable>(
        _ name: String, _ body: @escaping @Sendable (TenantScope, Tenant) throws -> Value
    ) async throws -> Value {
        try await environment.store.systemWrite { try OperatorService.with(name, in: $0, body) }
    }

    private static func with<Value>(
        _ name: String, in scope: SystemScope, _ body: (TenantScope, Tenant) throws -> Value
    ) throws -> Value {
        guard let tenant = try scope.tenant(called: name) else { throw OperationError.noSuchTenant(name) }
        return try body(try scope.tenant(tenant.id), tenant)
    }

    private static func members(of issued: SetupTokens.Issued) -> [JSON.Member] {
        [
            JSON.Member("setup_token", .string(issued.token)),
            JSON.Member("setup_token_expires_at", JSON(issued.expiresAt)),
        ]
    }
}
