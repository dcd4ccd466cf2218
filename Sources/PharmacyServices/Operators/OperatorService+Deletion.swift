package import PharmacyDomain
internal import PharmacyStore

extension OperatorService {
    /// Deletes a tenant: first its keys, so that its records cannot be read any more, then all its records. A repetition
    /// continues where the last call stopped; a server does so, too.
    /// - Parameters:
    ///   - waits: whether to remove the records as well; `false`: a server removes them.
    ///   - progress: called after each batch with an upper bound of the rows removed so far.
    /// - Returns: `name` and `status`: `deleted`, or `deleting` while records remain.
    @discardableResult
    package func deleteTenant(
        named name: String, waits: Bool = true, progress: (Int) -> Void = { _ in }
    ) async throws -> JSON {
        let tenant = try await beginDeletion(of: name)
        let erasure = Erasure(environment: environment)
        var batches = 0
        if waits {
            while try await erasure.eraseSome(of: tenant) {
                batches += 1
                progress(batches * ServiceLimits.erasureBatch)
            }
        }
        return ["name": .string(name), "status": waits ? "deleted" : "deleting"]
    }

    private func beginDeletion(of name: String) async throws -> TenantID {
        let now = environment.now
        let found = try await environment.store.systemRead { scope -> TenantID? in
            if let tenant = try scope.tenant(called: name) {
                guard tenant.name != Tenant.builtInSandboxName else { throw OperationError.isBuiltIn }
                return tenant.id
            }
            return try scope.erasures().first { $0.name == name || $0.tenant == TenantID(name) }?.tenant
        }
        guard let tenant = found else { throw OperationError.noSuchTenant(name) }
        try await environment.store.systemWrite(.tenant(tenant)) { scope in
            guard try scope.beginErasure(of: tenant, at: now) else { return }
            scope.audit(.tenantDeleted, [tenant.description], tenant: tenant, at: now)
        }
        return tenant
    }

    static func document(_ erasure: TenantErasure) -> JSON {
        [
            "name": .string(erasure.name), "kind": .string(erasure.kind.rawValue), "status": "deleting",
            "created_at": JSON(erasure.createdAt), "resets_at": .null,
        ]
    }
}
