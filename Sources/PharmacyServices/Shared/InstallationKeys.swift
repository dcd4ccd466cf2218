internal import PharmacyDomain
internal import PharmacyStore

/// Keys that belong to the whole installation, made at the first start and kept wrapped by the master key.
package struct InstallationKeys: Sendable, Redacted {
    /// The private key that signs access tokens.
    package let accessTokenSeed: [UInt8]
    package let medicationIDs: [UInt8]
    package let setupTokens: [UInt8]

    package init(environment: ServiceEnvironment) async throws {
        let now = environment.now
        let fresh = (0..<3).map { _ in environment.entropy.bytes(SealingKey.length) }
        (accessTokenSeed, medicationIDs, setupTokens) = try await environment.store.systemWrite { scope in
            (
                try scope.installationKey("access-tokens", fresh: fresh[0], at: now),
                try scope.installationKey("medication-ids", fresh: fresh[1], at: now),
                try scope.installationKey("setup-tokens", fresh: fresh[2], at: now)
            )
        }
    }
}
