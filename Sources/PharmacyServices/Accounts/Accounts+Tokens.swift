package import PharmacyDomain
internal import PharmacyStore

extension Accounts {
    /// Exchanges a client id and a client secret for tokens.
    /// - Parameter scopes: the scopes that the credential must have.
    /// - Throws: `ServiceError.invalidClient`, whichever of the two is wrong; `ServiceError.scopeNotGranted`.
    package func issueToken(
        clientID: String, clientSecret: String, scopes: Set<CredentialScope> = [], tenant: Tenant,
        idempotency: IdempotencyRequest?
    ) async throws -> IdempotentResult<TokenPair> {
        let now = environment.now
        let family: TokenFamilyID = environment.entropy.identifier()
        let refreshToken = environment.entropy.secret(.refreshToken)
        // A wrong secret costs neither a signature nor a write. The transaction reads the credential again.
        let login = ClientLogin(clientID: clientID, clientSecret: clientSecret)
        let client = try await client(of: login, tenant: tenant)
        let accessToken = try await tokens.sign(
            client: client, family: family, tenant: tenant, at: now, id: environment.entropy.identifier())
        let issuance = TokenIssuance(
            client: client, clientSecret: clientSecret, requiredScopes: scopes, family: family,
            accessToken: accessToken, refreshToken: refreshToken, now: now)
        // The body need not name the client (HTTP Basic): each client has idempotency keys of its own.
        let request = idempotency?.bound(to: client)
        return try await environment.withIdempotencyLock(request, tenant: tenant) {
            try await recordingRefusal(tenant, client: client) {
                try await environment.write(tenant) { try issuance.run(request, in: $0) }
            }
        }
    }

    /// Issues tokens without an idempotency key.
    package func issueToken(
        clientID: String, clientSecret: String, scopes: Set<CredentialScope> = [], tenant: Tenant
    ) async throws -> TokenPair {
        try await issueToken(
            clientID: clientID, clientSecret: clientSecret, scopes: scopes, tenant: tenant, idempotency: nil
        ).value
    }

    /// Exchanges a refresh token for a new pair and uses it up. A token that is used a second time revokes its whole family.
    /// - Parameters:
    ///   - login: the client that sends the token, if it identifies itself.
    ///   - scopes: the scopes that the credential must have.
    /// - Throws: `ServiceError.invalidGrant`, `ServiceError.invalidClient`, `ServiceError.scopeNotGranted`; the token is not
    ///   used up then.
    package func refresh(
        _ refreshToken: String, login: ClientLogin? = nil, scopes: Set<CredentialScope> = [], tenant: Tenant,
        idempotency: IdempotencyRequest?
    ) async throws -> IdempotentResult<TokenPair> {
        let now = environment.now
        let hash = TokenHash.of(refreshToken)
        let client = try await identifiedClient(login, tenant: tenant)
        let known = try await environment.read(tenant) { try $0.refreshToken(hash: hash) }
        guard let known, client == nil || client == known.clientID else {
            return try await recordingRefusal(tenant, client: client) { throw ServiceError.invalidGrant }
        }
        guard CredentialScope.covers(known.scopes, scopes) else { throw ServiceError.scopeNotGranted }
        let accessToken = try await tokens.sign(
            client: known.clientID, family: known.family, tenant: tenant, at: now,
            id: environment.entropy.identifier())
        let fresh = TokenPair(
            accessToken: accessToken, refreshToken: environment.entropy.secret(.refreshToken), scopes: known.scopes)
        let refresh = TokenRefresh(hash: hash, fresh: fresh, now: now)
        let outcome = try await environment.withIdempotencyLock(idempotency, tenant: tenant) {
            try await environment.write(tenant) { try refresh.run(idempotency, in: $0) }
        }
        switch outcome {
        case .pair(let pair): return pair
        case .reused:
            verifications.forgetTokens()
            throw ServiceError.invalidGrant
        case .refused:
            return try await recordingRefusal(tenant, client: known.clientID) { throw ServiceError.invalidGrant }
        }
    }

    /// Revokes the family of a refresh token or an access token (RFC 7009). An unknown token is not an error.
    /// - Parameter login: the client that sends the token, if it identifies itself.
    /// - Throws: `ServiceError.invalidClient`; `ServiceError.invalidGrant` for another client's token.
    package func revokeToken(_ token: String, login: ClientLogin? = nil, tenant: Tenant) async throws {
        let now = environment.now
        let client = try await identifiedClient(login, tenant: tenant)
        let access = await tokens.verify(token, tenant: tenant, at: now)
        let hash = TokenHash.of(token)
        let known = try await environment.read(tenant) { try $0.refreshToken(hash: hash) }
        // Anybody may send this request: an unknown token must not wait among the tenant's writes.
        guard let owner = access?.client ?? known?.clientID else { return }
        guard client == nil || client == owner else {
            return try await recordingRefusal(tenant, client: client) { throw ServiceError.invalidGrant }
        }
        try await environment.write(tenant) { scope in
            let refresh = try scope.refreshToken(hash: hash)
            if let family = access?.family ?? refresh?.family {
                try scope.revokeFamily(family, at: now)
                scope.audit(
                    .tokenRevoked, [family.description],
                    actor: (access?.client ?? refresh?.clientID).map(AuditActor.credential), at: now)
            }
        }
        verifications.forgetTokens()
    }

    /// Checks how a client identifies itself when it sends a token (RFC 6749 §6, RFC 7009 §2.1).
    /// - Returns: the client to which the token must belong; `nil` where `login` is.
    /// - Throws: `ServiceError.invalidClient`.
    private func identifiedClient(_ login: ClientLogin?, tenant: Tenant) async throws -> ClientID? {
        if let login { try await client(of: login, tenant: tenant) } else { nil }
    }

    private func client(of login: ClientLogin, tenant: Tenant) async throws -> ClientID {
        let client = ClientID(login.clientID)
        return try await recordingRefusal(tenant, client: client) {
            guard let client else { throw ServiceError.invalidClient }
            guard let secret = login.clientSecret else { return client }
            let scopes = try await environment.read(tenant) { try $0.scopes(of: client, secret: secret) }
            guard scopes != nil else { throw ServiceError.invalidClient }
            return client
        }
    }
}
