internal import PharmacyDomain
internal import PharmacyStore

/// Keys that belong to the whole installation, made at the first start and stored wrapped by the master key.
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
            return (try scope.medicationIDKeys(), seeds)
        }
        auditAnchors = try AuditAnchorKey(seeds: seeds)
        medicationIDs = MedicationIDCodec(keys: keys)
    }

    /// Takes up keys that another process has replaced, and removes those that nothing needs any more.
    package func reload() async throws {
        let now = environment.now
        let hasExpired = try await environment.store.systemRead { try !$0.expiredMedicationIDKeys(at: now).isEmpty }
        if hasExpired {
            try await environment.store.systemWrite { scope in
                for key in try scope.expiredMedicationIDKeys(at: now) { try scope.removeInstallationKey(key) }
            }
        }
        medicationIDs.replace(keys: try await environment.store.systemRead { try $0.medicationIDKeys() })
    }
}

extension SystemScope {
    func medicationIDKeys() throws -> MedicationIDCodec.Keys {
        let keys = try installationKeys(InstallationKeyName.medicationIDs).map(\.bytes)
        let distrusted = try installationKeys(InstallationKeyName.distrustedMedicationIDs).map(\.bytes)
        guard let current = keys.last else { throw StoreError.broken("the key of medication ids is missing") }
        return MedicationIDCodec.Keys(current: current, accepted: keys.dropLast().reversed(), distrusted: distrusted)
    }

    /// Keys whose ids no partner has any more: made so long before their successor; and distrusted ones that no order
    /// which is still to be dispatched can carry.
    func expiredMedicationIDKeys(at now: Timestamp) throws -> [InstallationKey] {
        let keys = try installationKeys(InstallationKeyName.medicationIDs)
        let replaced = zip(keys, keys.dropFirst()).filter { key, successor in
            successor.createdAt + ServiceLimits.medicationIDsAccepted < now
        }
        let distrusted = try installationKeys(InstallationKeyName.distrustedMedicationIDs).filter {
            $0.createdAt + ServiceLimits.distrustedMedicationIDs < now
        }
        return replaced.map(\.0) + distrusted
    }

    /// Replaces the key of medication ids.
    /// - Parameter distrusting: ids made so far are refused at once; orders that were placed with them are dispatched.
    func replaceMedicationIDKey(with bytes: [UInt8], distrusting: Bool, at now: Timestamp) throws {
        let former = try installationKeys(InstallationKeyName.medicationIDs)
        try addInstallationKey(InstallationKeyName.medicationIDs, bytes: bytes, at: now)
        guard distrusting else { return }
        for key in former {
            try addInstallationKey(InstallationKeyName.distrustedMedicationIDs, bytes: key.bytes, at: now)
            try removeInstallationKey(key)
        }
    }
}
