internal import Crypto
package import PharmacyDomain
internal import PharmacyStore

/// Issues setup tokens, of which only hashes are kept.
package struct SetupTokens: Sendable, Redacted {
    /// How long a setup token of a live tenant waits to be used.
    package static let lifetime = Duration.days(7)

    private let fixed: String?

    /// - Parameter fixed: the tenant `sandbox`'s, in place of a derived one.
    package init(fixed: String?) {
        self.fixed = fixed
    }

    /// A setup token as it is shown, once.
    package struct Issued: Hashable, Sendable {
        package let token: String
        /// `nil` for a sandbox's, which works until the next wipe.
        package let expiresAt: Timestamp?
    }

    /// Issues a tenant's setup token; those before it are revoked. A sandbox has one from wipe to wipe.
    func issue(to tenant: Tenant, in scope: TenantScope, at now: Timestamp, entropy: Entropy) throws -> Issued {
        let issued =
            tenant.isSandbox
            ? Issued(token: try sandboxToken(of: tenant, in: scope), expiresAt: nil)
            : Issued(token: entropy.secret(.setupToken), expiresAt: now + SetupTokens.lifetime)
        let hash = TokenHash.of(issued.token)
        if try scope.revokeSetupTokens(except: hash, at: now) > 0 {
            scope.audit(.setupTokenRevoked, [tenant.id.description], at: now)
        }
        if try scope.insertSetupToken(hash: hash, expiresAt: issued.expiresAt, at: now) {
            scope.audit(.setupTokenIssued, [SetupAuthority.name(of: issued.token)], at: now)
        }
        return issued
    }

    /// Derived from a key of the installation, so that a restart prints the same one; the key is read in the transaction,
    /// because another process may have replaced it.
    private func sandboxToken(of tenant: Tenant, in scope: TenantScope) throws -> String {
        if tenant.name == SandboxControls.name, let fixed { return fixed }
        let key = try scope.installationKey(InstallationKeyName.setupTokens)
        let derived = HMAC<SHA256>.authenticationCode(
            for: Array("\(tenant.id)/\(try scope.wipes())".utf8), using: SymmetricKey(data: key))
        return SecretPrefix.setupToken.rawValue + Base64URL.encode(Array(derived))
    }
}
