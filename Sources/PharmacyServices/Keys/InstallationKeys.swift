internal import PharmacyDomain
internal import PharmacyStore

/// Keys that belong to the whole installation. They are created at the first start and stored wrapped by the master key.
package struct InstallationKeys: Sendable, Redacted {
    package let medicationIDs: MedicationIDCodec
    package let auditAnchors: AuditAnchorKey
    private let environment: ServiceEnvironment

    package init(environment: ServiceEnvironment) async throws {
        self.environment = environment
        let now = environment.now
        let fresh = (0..<3).map { _ in environment.entropy.bytes(SealingKey.length) }
        let (keys, seeds) = try await environment.store.systemWrite { scope in
            _ = try scope.installationKey(InstallationKeyName.medicationIDs, fresh: fresh[0], at: now)
            _ = try scope.installationKey(InstallationKeyName.setupTokens, fresh: fresh[1], at: now)
            _ = try scope.installationKey(InstallationKeyName.auditAnchors, fresh: fresh[2], at: now)
            let seeds = try scope.installationKeys(InstallationKeyName.auditAnchors).map(\.bytes)
            return (try MedicationIDKeys(scope: scope).stored(), seeds)
        }
        auditAnchors = try AuditAnchorKey(seeds: seeds)
        medicationIDs = MedicationIDCodec(keys: keys)
    }

    /// Loads keys that another process has rotated, and removes keys that are not needed any more.
    package func reload() async throws {
        let now = environment.now
        let hasExpired = try await environment.store.systemRead {
            try !MedicationIDKeys(scope: $0).expired(at: now).isEmpty
        }
        if hasExpired {
            try await environment.store.systemWrite { scope in
                for key in try MedicationIDKeys(scope: scope).expired(at: now) { try scope.removeInstallationKey(key) }
            }
        }
        medicationIDs.replace(keys: try await environment.store.systemRead { try MedicationIDKeys(scope: $0).stored() })
    }
}
