internal import PharmacyDomain
internal import PharmacyStore

/// Keys that belong to the whole installation, made at the first start and kept wrapped by the master key.
package struct InstallationKeys: Sendable, Redacted {
    package let medicationIDs: [UInt8]
    package let setupTokens: [UInt8]
    package let auditAnchors: AuditAnchorKey

    package init(environment: ServiceEnvironment) async throws {
        let now = environment.now
        let fresh = (0..<3).map { _ in environment.entropy.bytes(SealingKey.length) }
        let seed: [UInt8]
        (medicationIDs, setupTokens, seed) = try await environment.store.systemWrite { scope in
            (
                try scope.installationKey("medication-ids", fresh: fresh[0], at: now),
                try scope.installationKey("setup-tokens", fresh: fresh[1], at: now),
                try scope.installationKey("audit-anchors", fresh: fresh[2], at: now)
            )
        }
        auditAnchors = try AuditAnchorKey(seed: seed)
    }
}
