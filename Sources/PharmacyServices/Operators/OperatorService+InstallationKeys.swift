package import PharmacyDomain
internal import PharmacyStore

extension OperatorService {
    /// Rotates a key of the installation.
    /// - Parameter distrusting: whether every server refuses what the old key signed, within a second (medication ids:
    ///   within a minute). Otherwise what it signed stays valid until it expires.
    /// - Returns: `key`; for setup tokens also `setup_tokens`, the new one of each sandbox.
    package func rotateInstallationKey(_ kind: InstallationKeyKind, distrusting: Bool) async throws -> JSON {
        let (now, entropy, setupTokens) = (environment.now, environment.entropy, setupTokens)
        let bytes = entropy.bytes(SealingKey.length)
        return try await environment.store.systemWrite { scope in
            var result = [JSON.Member("key", .string(kind.rawValue))]
            switch kind {
            case .signing:
                if distrusting {
                    for key in try scope.signingKeys() { try scope.removeSigningKey(key.number) }
                    scope.notifyRevocations()
                }
                try scope.addSigningKey(seed: bytes, at: now)
            case .medicationIDs:
                try MedicationIDKeys(scope: scope).rotate(to: bytes, distrusting: distrusting, at: now)
            case .setupTokens:
                let issued = try setupTokens.rotateKey(to: bytes, in: scope, at: now, entropy: entropy)
                let tokens = issued.map { tenant, token in
                    JSON.object([
                        JSON.Member("tenant", .string(tenant.name)), JSON.Member("setup_token", .string(token.token)),
                    ])
                }
                result.append(JSON.Member("setup_tokens", .array(tokens)))
            case .audit:
                try scope.rotateAuditKey(with: bytes, named: kind.rawValue, at: now)
                return .object(result)
            case .authorization: try scope.rotateAuthorizationKey(with: bytes, at: now)
            }
            scope.audit(distrusting ? .keyDistrusted : .keyRotated, [kind.rawValue], at: now)
            return .object(result)
        }
    }
}
