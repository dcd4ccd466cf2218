package import PharmacyDomain
internal import PharmacyStore

/// An access token with the refresh token for its successor.
package struct TokenPair: Hashable, Sendable, Redacted {
    package let accessToken: String
    package let expiresIn: Duration
    package let refreshToken: String
    package let refreshExpiresIn: Duration
    /// The credential's.
    package let scopes: Set<CredentialScope>

    init(accessToken: String, refreshToken: String, scopes: Set<CredentialScope>) {
        self.accessToken = accessToken
        self.expiresIn = CredentialPolicy.accessTokenLifetime
        self.refreshToken = refreshToken
        self.refreshExpiresIn = CredentialPolicy.refreshTokenLifetime
        self.scopes = scopes
    }
}

extension Accounts {
    /// Exchanges a client id and a client secret for tokens.
    /// - Parameter scopes: what the tokens must be good for at least.
    /// - Throws: `ServiceError.invalidClient`, whichever of the two is wrong; `ServiceError.scopeNotGranted`.
    package func issueToken(
        clientID: String, clientSecret: String, scopes: Set<CredentialScope> = [], tenant: Tenant
    ) async throws -> TokenPair {
        let now = environment.now
        let client = ClientID(clientID)
        let family: TokenFamilyID = environment.entropy.identifier()
        let refreshToken = environment.entropy.secret(.refreshToken)
        guard let client else {
            return try await recordingRefusal(tenant) { throw ServiceError.invalidClient }
        }
        // A guess costs neither a signature nor a place among the tenant's writes. What is granted is read again below.
        try await recordingRefusal(tenant, client: client) {
            let hash = try await environment.read(tenant) { try $0.login(of: client)?.secretHash }
            guard let hash, TokenHash.areEqual(hash, TokenHash.of(clientSecret)) else {
                throw ServiceError.invalidClient
            }
        }
        let accessToken = try await tokens.sign(
            client: client, family: family, tenant: tenant, at: now, id: environment.entropy.identifier())
        let granted = try await recordingRefusal(tenant, client: client) {
            try await environment.write(tenant) { scope in
                guard let login = try scope.login(of: client),
                    TokenHash.areEqual(login.secretHash, TokenHash.of(clientSecret))
                else { throw ServiceError.invalidClient }
                guard login.scopes.isSuperset(of: scopes) else { throw ServiceError.scopeNotGranted }
                try scope.insertFamily(family, of: client, at: now)
                try scope.insertRefreshToken(
                    hash: TokenHash.of(refreshToken), family: family,
                    expiresAt: now + CredentialPolicy.refreshTokenLifetime)
                try scope.touchCredential(client, at: now)
                scope.audit(.tokenIssued, [family.description], actor: .credential(client), at: now)
                return login.scopes
            }
        }
        return TokenPair(accessToken: accessToken, refreshToken: refreshToken, scopes: granted)
    }

    private enum Refreshed: Sendable {
        case pair(Replayable<TokenPair>)
        case refused
        /// The token had been used before; its family has been revoked in this transaction.
        case reused
    }

    /// Exchanges a refresh token for a new pair; the old one is used up. One shown again revokes its whole family.
    /// - Throws: `ServiceError.invalidGrant`.
    package func refresh(
        _ refreshToken: String, tenant: Tenant, idempotency: IdempotencyRequest?
    ) async throws -> Replayable<TokenPair> {
        let now = environment.now
        let hash = TokenHash.of(refreshToken)
        let known = try await environment.read(tenant) { try $0.refreshToken(hash: hash) }
        guard let known else {
            return try await recordingRefusal(tenant) { throw ServiceError.invalidGrant }
        }
        let accessToken = try await tokens.sign(
            client: known.clientID, family: known.family, tenant: tenant, at: now,
            id: environment.entropy.identifier())
        let fresh = TokenPair(
            accessToken: accessToken, refreshToken: environment.entropy.secret(.refreshToken), scopes: known.scopes)
        let outcome = try await environment.exclusively(idempotency, tenant: tenant) {
            try await environment.write(tenant) { scope -> Refreshed in
                guard let token = try scope.refreshToken(hash: hash) else { return .refused }
                switch token.decision(at: now) {
                case .refuse: return .refused
                case .revokeFamily where try !scope.hasOutcome(idempotency, at: now):
                    try scope.revokeFamily(token.family, at: now)
                    scope.audit(
                        .tokenReuseDetected, [token.family.description], actor: .credential(token.clientID), at: now)
                    return .reused
                case .revokeFamily, .rotate: break
                }
                let pair = try scope.once(idempotency, at: now, encode: Accounts.encode, decode: Accounts.decode) {
                    try scope.useRefreshToken(hash: hash, at: now)
                    try scope.insertRefreshToken(
                        hash: TokenHash.of(fresh.refreshToken), family: token.family,
                        expiresAt: now + CredentialPolicy.refreshTokenLifetime)
                    try scope.touchCredential(token.clientID, at: now)
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
    package func revokeToken(_ token: String, tenant: Tenant) async throws {
        let now = environment.now
        let access = await tokens.verify(token, tenant: tenant, at: now)
        let hash = TokenHash.of(token)
        // Anybody may send this: what is no token of the tenant's must not wait among its writes.
        if access == nil, try await environment.read(tenant, { try $0.refreshToken(hash: hash) }) == nil { return }
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
