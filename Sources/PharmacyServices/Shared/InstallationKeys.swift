internal import PharmacyDomain
internal import PharmacyStore

/// Keys that belong to the whole installation, made at the first start and kept wrapped by the master key.
package struct InstallationKeys: Sendable, Redacted {
    package let medicationIDs: [UInt8]
    package let setupTokens: [UInt8]

    package init(environment: ServiceEnvironment) async throws {
        let now = environment.now
        let fresh = (0..<2).map { _ in environment.entropy.bytes(SealingKey.length) }
        (medicationIDs, setupTokens) = try await environment.store.systemWrite { scope in
            (
                try scope.installationKey("medication-ids", fresh: fresh[0], at: now),
                try scope.installationKey("setup-tokens", fresh: fresh[1], at: now)
            )
        }
    }
}
