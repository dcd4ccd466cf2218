package import PharmacyDomain
internal import PharmacyStore

extension OperatorService {
    /// Creates a tenant and its setup token.
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

    /// All tenants by name, followed by those that are being deleted, whose `status` is `deleting`.
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

    /// Suspends or resumes a tenant. Requests to the paths of a suspended tenant fail as if it did not exist.
    package func setStatus(_ status: Tenant.Status, ofTenant name: String) async throws -> JSON {
        let now = environment.now
        try await write(name) { scope, tenant in
            try scope.setStatus(status)
            scope.audit(
                status == .active ? .tenantResumed : .tenantSuspended, [tenant.id.description], at: now)
        }
        return try await tenant(named: name)
    }

    /// Requests a tenant's pharmacies, including inactive ones, from its pharmacy system.
    package func pharmacies(ofTenant name: String, systems: PharmacySystems) async throws -> [JSON] {
        let tenant = try await read(name) { _, tenant in tenant }
        do {
            return try await systems.system(of: tenant).pharmacies(tenant: tenant).map(\.document)
        } catch {
            throw OperationError.pharmacyUnavailable(error.reason)
        }
    }
}

extension Pharmacy {
    /// The pharmacy as commands show it.
    fileprivate var document: JSON {
        let states = shipsToStates.map { [JSON.Member("ships_to_states", .array($0.map(JSON.string)))] }
        return .object(
            [
                JSON.Member("id", .string(id.description)), JSON.Member("name", .string(name)),
                JSON.Member("slug", .string(slug)), JSON.Member("status", .string(status.rawValue)),
            ] + (states ?? []))
    }
}
