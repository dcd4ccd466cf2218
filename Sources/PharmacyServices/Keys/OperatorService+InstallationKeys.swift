package import PharmacyDomain
internal import PharmacyStore

extension OperatorService {
    /// Replaces a key of the installation.
    /// - Parameter distrusting: what it has signed is refused from now on, by every server within a second (medication ids:
    ///   within a minute); without, what it has signed runs out by itself.
    /// - Returns: `key`; for setup tokens also `setup_tokens`, the new one of each sandbox.
    package func replaceInstallationKey(_ kind: InstallationKeyKind, distrusting: Bool) async throws -> JSON {
        let (now, entropy, setupTokens) = (environment.now, environment.entropy, setupTokens)
        let bytes = entropy.bytes(SealingKey.length)
        return try await environment.store.systemWrite { scope in
            var told = [JSON.Member("key", .string(kind.rawValue))]
            switch kind {
            case .signing:
                if distrusting {
                    for key in try scope.signingKeys() { try scope.removeSigningKey(key.number) }
                    scope.notifyRevocations()
                }
                try scope.addSigningKey(seed: bytes, at: now)
            case .medicationIDs:
                try scope.replaceMedicationIDKey(with: bytes, distrusting: distrusting, at: now)
            case .setupTokens:
                try scope.addInstallationKey(InstallationKeyName.setupTokens, bytes: bytes, at: now)
                // Only a sandbox's token is derived; what the former key has made is revoked with its successor.
                let tokens = try scope.openTenants().filter(\.isSandbox).map { tenant in
                    let issued = try setupTokens.issue(
                        to: tenant, in: scope.tenant(tenant.id), at: now, entropy: entropy)
                    return JSON.object([
                        JSON.Member("tenant", .string(tenant.name)), JSON.Member("setup_token", .string(issued.token)),
                    ])
                }
                for key in try scope.installationKeys(InstallationKeyName.setupTokens).dropLast() {
                    try scope.removeInstallationKey(key)
                }
                told.append(JSON.Member("setup_tokens", .array(tokens)))
            case .audit:
                try scope.replaceAuditKey(with: bytes, named: kind.rawValue, at: now)
                return .object(told)
            case .authorization: try scope.replaceAuthorizationKey(with: bytes, at: now)
            }
            scope.audit(distrusting ? .keyDistrusted : .keyRotated, [kind.rawValue], at: now)
            return .object(told)
        }
    }
}
