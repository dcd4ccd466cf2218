package import PharmacyDomain
internal import PharmacyStore

/// The verbs of tenants, credentials and tokens (guide, section 1).
package struct Accounts: Sendable {
    let environment: ServiceEnvironment
    let tokens: AccessTokens
    let verifications: VerificationCache

    package init(environment: ServiceEnvironment, tokens: AccessTokens) {
        self.environment = environment
        self.tokens = tokens
        verifications = VerificationCache(time: environment.time)
    }

    /// Rotates the keys that sign access tokens when they are due (`SigningKeyPolicy`), and loads keys that another process
    /// has rotated.
    package func rotateSigningKeys() async throws { try await tokens.rotateKeys() }

    /// The public keys that verify access tokens, as this node has loaded them: those of valid tokens, and the key that
    /// signs next.
    package var verificationKeys: [VerificationKey] { tokens.verificationKeys }

    /// The issuer of a tenant's access tokens: its base URL.
    package func issuer(of tenant: Tenant) -> String { tokens.issuer(of: tenant) }

    /// Removes all tokens and tenants from the cache of verifications.
    package func forgetVerifications() {
        verifications.forgetTokens()
        verifications.forgetTenants()
    }

    /// - Returns: `nil` for an unknown or a suspended tenant.
    package func tenant(named name: String) async throws -> Tenant? {
        guard Tenant.isValid(name: name) else { return nil }
        if let known = verifications.tenant(name) { return known }
        let found = try await ServiceEnvironment.translating {
            try await environment.store.systemRead { try $0.tenant(named: name) }
        }
        guard let found, found.status == .active else { return nil }
        verifications.store(found)
        return found
    }

    /// Verifies a bearer token.
    /// - Throws: `ServiceError.unauthenticated` unless the token is valid for this tenant.
    package func authenticate(accessToken: String, tenant: Tenant) async throws -> Caller {
        let now = environment.now
        let hash = TokenHash.of(accessToken)
        let epoch = verifications.epoch
        if let caller = verifications.caller(hash, tenant: tenant.id, at: now) { return caller }
        guard let verified = await tokens.verify(accessToken, tenant: tenant, at: now) else {
            throw ServiceError.unauthenticated
        }
        let (credential, signingKeys) = try await environment.read(tenant) {
            (try $0.activeCredential(verified.client, family: verified.family), try $0.signingKeyIDs())
        }
        guard let credential else { throw ServiceError.unauthenticated }
        if try await tokens.reload(unlessStoredAre: signingKeys) {
            // The key that signed the token may have been removed: the reloaded keys decide.
            guard await tokens.verify(accessToken, tenant: tenant, at: now) != nil else {
                throw ServiceError.unauthenticated
            }
        }
        let caller = Caller(
            clientID: credential.id, scopes: credential.scopes, rotateAfter: credential.rotateAfter)
        verifications.store(caller, hash, tenant: tenant.id, expiresAt: verified.expiresAt, epoch: epoch)
        if verifications.shouldRecordLastUse(verified.client) {
            try await environment.write(tenant) { try $0.recordLastUse(verified.client, at: now) }
        }
        return caller
    }

    /// Records a login that fails in the audit log. The entry is not part of the login's transaction, which is rolled back.
    func recordingRefusal<Value: Sendable>(
        _ tenant: Tenant, client: ClientID? = nil, _ login: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await login()
        } catch let error as ServiceError
            where [.unauthenticated, .invalidClient, .invalidGrant].contains(error)
        {
            try await environment.record(.loginFailed, client.map { [$0.description] } ?? [], tenant: tenant)
            throw error
        }
    }
}
