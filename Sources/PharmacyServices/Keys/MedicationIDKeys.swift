internal import PharmacyDomain
internal import PharmacyStore

/// The keys of medication ids in the store, within a transaction.
struct MedicationIDKeys {
    let scope: SystemScope

    /// - Throws: `StoreError.broken` where there is no key.
    func stored() throws -> MedicationIDCodec.Keys {
        let keys = try scope.installationKeys(InstallationKeyName.medicationIDs).map(\.bytes)
        let distrusted = try scope.installationKeys(InstallationKeyName.distrustedMedicationIDs).map(\.bytes)
        guard let current = keys.last else { throw StoreError.broken("the key of medication ids is missing") }
        return MedicationIDCodec.Keys(current: current, accepted: keys.dropLast().reversed(), distrusted: distrusted)
    }

    /// Keys that are not needed any more: replaced keys whose ids partners have discarded by now, and distrusted keys whose
    /// ids no undispatched order can contain.
    func expired(at now: Timestamp) throws -> [InstallationKey] {
        let keys = try scope.installationKeys(InstallationKeyName.medicationIDs)
        let replaced = zip(keys, keys.dropFirst()).filter { key, successor in
            successor.createdAt + ServiceLimits.medicationIDsAccepted < now
        }
        let distrusted = try scope.installationKeys(InstallationKeyName.distrustedMedicationIDs).filter {
            $0.createdAt + ServiceLimits.distrustedMedicationIDs < now
        }
        return replaced.map(\.0) + distrusted
    }

    /// - Parameters:
    ///   - bytes: 32 random bytes.
    ///   - distrusting: whether ids of earlier keys are refused at once. Orders that were placed with them are still
    ///     dispatched.
    func rotate(to bytes: [UInt8], distrusting: Bool, at now: Timestamp) throws {
        let former = try scope.installationKeys(InstallationKeyName.medicationIDs)
        try scope.addInstallationKey(InstallationKeyName.medicationIDs, bytes: bytes, at: now)
        guard distrusting else { return }
        for key in former {
            try scope.addInstallationKey(InstallationKeyName.distrustedMedicationIDs, bytes: key.bytes, at: now)
            try scope.removeInstallationKey(key)
        }
    }
}
