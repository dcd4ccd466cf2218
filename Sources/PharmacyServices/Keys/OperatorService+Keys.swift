package import PharmacyDomain
internal import PharmacyStore

extension OperatorService {
    /// Wraps every key under a new master key.
    /// - Parameter bytes: 32 random bytes, safe on a disk already: from here on nothing opens without them.
    /// - Returns: `wrapped_keys`, their number.
    package func replaceMasterKey(with bytes: [UInt8]) async throws -> JSON {
        let now = environment.now
        let count = try await environment.store.systemWrite { scope in
            let count = try scope.rewrapKeys(under: bytes)
            scope.audit(.keyRotated, ["master"], at: now)
            return count
        }
        return ["wrapped_keys": JSON(count)]
    }

    /// Gives tenants new data keys; the server seals their records anew in the background.
    /// - Parameter name: one tenant; `nil`: all.
    /// - Returns: for each tenant what `dataKeys` tells, and `rotation`: `started`, or `under_way` where an earlier one
    ///   is not over and was left alone.
    package func replaceDataKeys(ofTenant name: String?) async throws -> [JSON] {
        let now = environment.now
        let entropy = environment.entropy
        return try await environment.store.systemWrite { scope in
            try OperatorService.tenants(name, in: scope).map { tenant in
                let own = try scope.tenant(tenant.id)
                let isStarted = try own.replaceDataKey(with: entropy.bytes(SealingKey.length), at: now)
                if isStarted { own.audit(.keyRotated, [tenant.id.description], at: now) }
                return try OperatorService.dataKey(
                    of: tenant, in: scope.tenant(tenant.id),
                    more: [JSON.Member("rotation", isStarted ? "started" : "under_way")])
            }
        }
    }

    /// The age of each tenant's data key, and how far the sealing anew has come.
    /// - Returns: `tenant`, `created_at`, `seals` (what it has sealed, as of the last minute), and while the key before is
    ///   still kept `records_sealed_anew`, `records_outstanding` (unreadable: the old key is kept for them),
    ///   `sealed_anew_at` (`null` until all have been looked at) and `old_key_until`.
    package func dataKeys(ofTenant name: String?) async throws -> [JSON] {
        try await environment.store.systemRead { scope in
            try OperatorService.tenants(name, in: scope).map {
                try OperatorService.dataKey(of: $0, in: scope.tenant($0.id), more: [])
            }
        }
    }

    private static func tenants(_ name: String?, in scope: SystemScope) throws -> [Tenant] {
        guard let name else { return try scope.openTenants() }
        guard let tenant = try scope.tenant(called: name) else { throw OperationError.noSuchTenant(name) }
        return [tenant]
    }

    private static func dataKey(of tenant: Tenant, in scope: TenantScope, more: [JSON.Member]) throws -> JSON {
        let state = try scope.resealing()
        return .object(
            [JSON.Member("tenant", .string(tenant.name))] + more + [
                JSON.Member("created_at", JSON(try scope.dataKeyCreatedAt())),
                JSON.Member("seals", .integer(try scope.dataKeySeals())),
                JSON.Member("records_sealed_anew", state.map { JSON($0.records) } ?? .null),
                JSON.Member("records_outstanding", state.map { JSON($0.outstanding) } ?? .null),
                JSON.Member("sealed_anew_at", JSON(state?.finishedAt)),
                JSON.Member("old_key_until", JSON(state.map { $0.startedAt + ServiceLimits.idempotencyKept })),
            ])
    }
}
