internal import Crypto
package import PharmacyDomain
internal import PharmacyStore

/// Issues setup tokens. Only their hashes are stored.
package struct SetupTokens: Sendable, Redacted {
    /// How long a setup token of a live tenant is valid.
    package static let lifetime = Duration.days(7)

    private let fixed: String?

    /// - Parameter fixed: the setup token of the tenant `sandbox`, instead of a derived one.
    package init(fixed: String?) {
        self.fixed = fixed
    }

    /// A setup token in clear, which is shown once.
    package struct Issued: Hashable, Sendable {
        package let token: String
        /// `nil` for a sandbox, whose token is valid until the next wipe.
        package let expiresAt: Timestamp?
    }

    /// Issues a tenant's setup token and revokes earlier ones. A sandbox keeps the same token until it is wiped.
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

    /// Rotates the key from which sandboxes' tokens are derived. Tokens derived from the old key are revoked.
    /// - Parameter bytes: 32 random bytes.
    /// - Returns: each sandbox with its new token.
    func rotateKey(
        to bytes: [UInt8], in scope: SystemScope, at now: Timestamp, entropy: Entropy
    ) throws -> [(tenant: Tenant, issued: Issued)] {
        try scope.addInstallationKey(InstallationKeyName.setupTokens, bytes: bytes, at: now)
        let issued = try scope.openTenants().filter(\.isSandbox).map { tenant in
            (tenant, try issue(to: tenant, in: scope.tenant(tenant.id), at: now, entropy: entropy))
        }
        for key in try scope.installationKeys(InstallationKeyName.setupTokens).dropLast() {
            try scope.removeInstallationKey(key)
        }
        return issued
    }

    /// Derives a sandbox's token from a key of the installation, so that a restart prints the same token. The key is read
    /// in the transaction, because another process may have rotated it.
    func sandboxToken(of tenant: Tenant, in scope: TenantScope) throws -> String {
        if tenant.name == Tenant.builtInSandboxName, let fixed { return fixed }
        let key = try scope.installationKey(InstallationKeyName.setupTokens)
        let derived = HMAC<SHA256>.authenticationCode(
            for: Array("\(tenant.id)/\(try scope.wipes())".utf8), using: SymmetricKey(data: key))
        return SecretPrefix.setupToken.rawValue + Base64URL.encode(Array(derived))
    }
}
