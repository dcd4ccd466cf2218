package import PharmacyDomain
internal import PharmacyStore

extension Accounts {
    /// Checks what a client says of itself beside a token (RFC 6749 §6, RFC 7009 §2.1).
    /// - Returns: whose the token must be; `nil` where nothing is said.
    /// - Throws: `ServiceError.invalidClient`.
    private func identified(_ login: ClientLogin?, tenant: Tenant) async throws -> ClientID? {
        if let login { try await client(of: login, tenant: tenant) } else { nil }
    }

    private func client(of login: ClientLogin, tenant: Tenant) async throws -> ClientID {
        let client = ClientID(login.clientID)
        return try await recordingRefusal(tenant, client: client) {
            guard let client else { throw ServiceError.invalidClient }
            guard let secret = login.clientSecret else { return client }
            let hash = try await environment.read(tenant) { try $0.login(of: client)?.secretHash }
            guard let hash, TokenHash.areEqual(hash, TokenHash.of(secret)) else { throw ServiceError.invalidClient }
            return client
        }
    }

    /// Exchanges a client id and a client secret for tokens.
    /// - Parameter scopes: what the tokens must be good for at least.
    /// - Throws: `ServiceError.invalidClient`, whichever of the two is wrong; `ServiceError.scopeNotGranted`.
    package func issueToken(
        clientID: String, clientSecret: String, scopes: Set<CredentialScope> = [], tenant: Tenant,
        idempotency: IdempotencyRequest?
    ) async throws -> IdempotentResult<TokenPair> {
        let now = environment.now
        let family: TokenFamilyID = environment.entropy.identifier()
        let refreshToken = environment.entropy.secret(.refreshToken)
        // A guess costs neither a signature nor a place among the tenant's writes. What is granted is read again below.
        let login = ClientLogin(clientID: clientID, clientSecret: clientSecret)
        let client = try await client(of: login, tenant: tenant)
        let accessToken = try await tokens.sign(
            client: client, family: family, tenant: tenant, at: now, id: environment.entropy.identifier())
        // The body need not name the client (HTTP Basic): another's key is another key.
        let request = idempotency?.bound(to: client)
        return try await environment.withIdempotencyLock(request, tenant: tenant) {
            try await recordingRefusal(tenant, client: client) {
                try await environment.write(tenant) { scope in
                    guard let login = try scope.login(of: client),
                        TokenHash.areEqual(login.secretHash, TokenHash.of(clientSecret))
                    else { throw ServiceError.invalidClient }
                    guard CredentialScope.covers(login.scopes, scopes) else { throw ServiceError.scopeNotGranted }
                    let pair = try scope.executeOnce(request, at: now, encode: Accounts.encode, decode: Accounts.decode)
                    {
                        let expiresAt = now + CredentialPolicy.refreshTokenLifetime
                        try scope.insertFamily(family, of: client, expiresAt: expiresAt, at: now)
                        try scope.insertRefreshToken(
                            hash: TokenHash.of(refreshToken), family: family, expiresAt: expiresAt)
                        try scope.recordLastUse(client, at: now)
                        return TokenPair(accessToken: accessToken, refreshToken: refreshToken, scopes: login.scopes)
                    }
                    let families =
                        pair.isReplay
                        ? try scope.family(of: pair.value).map { [$0.description] } ?? [] : [family.description]
                    scope.audit(
                        pair.isReplay ? .tokenReplayed : .tokenIssued, families, actor: .credential(client), at: now)
                    return pair
                }
            }
        }
    }

    /// The same without an idempotency key.
    package func issueToken(
        clientID: String, clientSecret: String, scopes: Set<CredentialScope> = [], tenant: Tenant
    ) async throws -> TokenPair {
        try await issueToken(
            clientID: clientID, clientSecret: clientSecret, scopes: scopes, tenant: tenant, idempotency: nil
        ).value
    }

    private enum Refreshed: Sendable {
        case pair(IdempotentResult<TokenPair>)
        case refused
        /// The token had been used before; its family has been revoked in this transaction.
        case reused
    }

    /// Exchanges a refresh token for a new pair; the old one is used up. One shown again revokes its whole family.
    /// - Parameters:
    ///   - login: whose the token must be, where the client says who it is.
    ///   - scopes: what the tokens must be good for at least.
    /// - Throws: `ServiceError.invalidGrant`, `ServiceError.invalidClient`, `ServiceError.scopeNotGranted`; the token is not
    ///   used up then.
    package func refresh(
        _ refreshToken: String, login: ClientLogin? = nil, scopes: Set<CredentialScope> = [], tenant: Tenant,
        idempotency: IdempotencyRequest?
    ) async throws -> IdempotentResult<TokenPair> {
        let now = environment.now
        let hash = TokenHash.of(refreshToken)
        let client = try await identified(login, tenant: tenant)
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
        let outcome = try await environment.withIdempotencyLock(idempotency, tenant: tenant) {
            try await environment.write(tenant) { scope -> Refreshed in
                guard let token = try scope.refreshToken(hash: hash) else { return .refused }
                switch token.decision(at: now) {
                case .refuse: return .refused
                case .revokeFamily where try !scope.isRepeated(idempotency, of: token, at: now):
                    try scope.revokeFamily(token.family, at: now)
                    scope.audit(
                        .tokenReuseDetected, [token.family.description], actor: .credential(token.clientID), at: now)
                    return .reused
                case .revokeFamily, .rotate: break
                }
                let pair = try scope.executeOnce(idempotency, at: now, encode: Accounts.encode, decode: Accounts.decode)
                {
                    let expiresAt = now + CredentialPolicy.refreshTokenLifetime
                    try scope.useRefreshToken(token, hash: hash, at: now)
                    try scope.insertRefreshToken(
                        hash: TokenHash.of(fresh.refreshToken), family: token.family, expiresAt: expiresAt)
                    try scope.extendFamily(token.family, until: expiresAt)
                    try scope.recordLastUse(token.clientID, at: now)
                    scope.audit(
                        .tokenRefreshed, [token.family.description], actor: .credential(token.clientID), at: now)
                    return fresh
                }
                if pair.isReplay {
                    scope.audit(
                        .tokenReplayed, [token.family.description], actor: .credential(token.clientID), at: now)
                }
                return .pair(pair)
            }
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

    private static func encode(_ pair: TokenPair) -> JSON {
        [
            "access_token": .string(pair.accessToken), "refresh_token": .string(pair.refreshToken),
            "scope": .string(CredentialScope.text(pair.scopes)),
        ]
    }

    private static func decode(_ json: JSON) -> TokenPair? {
        guard let access = json["access_token"]?.text, let refresh = json["refresh_token"]?.text,
            let scopes = json["scope"]?.text
        else { return nil }
        return TokenPair(
            accessToken: access, refreshToken: refresh, scopes: CredentialScope.scopes(scopes))
    }

    /// Revokes the family of a refresh or an access token (RFC 7009): an unknown token is no error.
    /// - Parameter login: whose the token must be, where the client says who it is.
    /// - Throws: `ServiceError.invalidClient`; `ServiceError.invalidGrant` for another client's token.
    package func revokeToken(_ token: String, login: ClientLogin? = nil, tenant: Tenant) async throws {
        let now = environment.now
        let client = try await identified(login, tenant: tenant)
        let access = await tokens.verify(token, tenant: tenant, at: now)
        let hash = TokenHash.of(token)
        let known = try await environment.read(tenant) { try $0.refreshToken(hash: hash) }
        // Anybody may send this: what is no token of the tenant's must not wait among its writes.
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
}

extension TenantScope {
    /// The family of a pair of tokens; `nil` where it is gone.
    func family(of pair: TokenPair) throws -> TokenFamilyID? {
        try refreshToken(hash: TokenHash.of(pair.refreshToken))?.family
    }

    /// Whether a used refresh token comes again because its response was lost: the request is the same, byte for byte, and
    /// what it led to is the token's own successor. A key that was used for something else must not hide the reuse.
    func isRepeated(
        _ request: IdempotencyRequest?, of token: RefreshToken, at now: Timestamp
    ) throws -> Bool {
        guard let request,
            case .same(let outcome) = try recordedOutcome(key: request.name, body: request.body, at: now),
            let successor = try StoredJSON.parse(outcome)["refresh_token"]?.text
        else { return false }
        return try refreshToken(hash: TokenHash.of(successor))?.family == token.family
    }
}
