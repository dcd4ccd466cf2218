package import PharmacyDomain
internal import PharmacyStore

extension OperatorService {
    /// Rewraps every key under a new master key.
    /// - Parameter bytes: 32 random bytes that are already stored durably: without them no key can be unwrapped from here on.
    /// - Returns: `wrapped_keys`, how many keys were rewrapped.
    package func rotateMasterKey(with bytes: [UInt8]) async throws -> JSON {
        let now = environment.now
        let count = try await environment.store.systemWrite { scope in
            let count = try scope.rewrapKeys(under: bytes)
            scope.audit(.keyRotated, ["master"], at: now)
            return count
        }
        return ["wrapped_keys": JSON(count)]
    }

    /// Rotates data keys; the server re-encrypts the tenants' records in the background.
    /// - Parameter name: one tenant; `nil`: all.
    /// - Returns: for each tenant the members of `dataKeys`, and `rotation`: `started`, or `under_way` where an earlier
    ///   rotation is still in progress and no other was started.
    package func rotateDataKeys(ofTenant name: String?) async throws -> [JSON] {
        let now = environment.now
        let entropy = environment.entropy
        return try await environment.store.systemWrite { scope in
            try OperatorService.tenants(name, in: scope).map { tenant in
                let own = try scope.tenant(tenant.id)
                let isStarted = try own.rotateDataKey(with: entropy.bytes(SealingKey.length), at: now)
                if isStarted { own.audit(.keyRotated, [tenant.id.description], at: now) }
                return try OperatorService.dataKey(
                    of: tenant, in: scope.tenant(tenant.id),
                    more: [JSON.Member("rotation", isStarted ? "started" : "under_way")])
            }
        }
    }

    /// The age of each tenant's data key, and the progress of its rotation.
    /// - Returns: `tenant`, `created_at`, `seals` (how many records the key has sealed, up to the last minute), and while
    ///   the previous key is stored `records_sealed_anew` (re-encrypted records), `records_outstanding` (unreadable
    ///   records, for which the previous key is retained), `sealed_anew_at` (when the last record was processed; `null`
    ///   before) and `old_key_until`.
    package func dataKeys(ofTenant name: String?) async throws -> [JSON] {
        try await environment.store.systemRead { scope in
            try OperatorService.tenants(name, in: scope).map {
                try OperatorService.dataKey(of: $0, in: scope.tenant($0.id), more: [])
            }
        }
    }

    private static func tenants(_ name: String?, in scope: SystemScope) throws -> [Tenant] {
        guard let name else { return try scope.openTenants() }
        return [try OperatorService.tenant(called: name, in: scope)]
    }

    private static func dataKey(of tenant: Tenant, in scope: TenantScope, more: [JSON.Member]) throws -> JSON {
        let state = try scope.reencryption()
        return .object(
            [JSON.Member("tenant", .string(tenant.name))] + more + [
                JSON.Member("created_at", JSON(try scope.dataKeyCreatedAt())),
                JSON.Member("seals", .integer(try scope.dataKeySeals())),
                JSON.Member("records_sealed_anew", state.map { JSON($0.records) } ?? .null),
                JSON.Member("records_outstanding", state.map { JSON($0.outstanding) } ?? .null),
                JSON.Member("sealed_anew_at", JSON(state?.finishedAt)),
                JSON.Member("old_key_until", JSON(state.map { $0.startedAt + ServiceLimits.idempotencyRetention })),
            ])
    }
}
