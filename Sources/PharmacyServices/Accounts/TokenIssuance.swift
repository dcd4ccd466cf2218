internal import PharmacyDomain
internal import PharmacyStore

/// The exchange of a client id and secret for tokens, within a transaction.
struct TokenIssuance: Sendable {
    let client: ClientID
    let clientSecret: String
    /// The scopes that the credential must have.
    let requiredScopes: Set<CredentialScope>
    let family: TokenFamilyID
    let accessToken: String
    let refreshToken: String
    let now: Timestamp

    /// - Throws: `ServiceError.invalidClient`, `ServiceError.scopeNotGranted`.
    func run(_ request: IdempotencyRequest?, in scope: TenantScope) throws -> IdempotentResult<TokenPair> {
        guard let scopes = try scope.scopes(of: client, secret: clientSecret) else { throw ServiceError.invalidClient }
        guard CredentialScope.covers(scopes, requiredScopes) else { throw ServiceError.scopeNotGranted }
        let pair = try request.executeOnce(in: scope, at: now, encode: \.stored, decode: TokenPair.init(stored:)) {
            let expiresAt = now + CredentialPolicy.refreshTokenLifetime
            try scope.insertFamily(family, of: client, expiresAt: expiresAt, at: now)
            try scope.insertRefreshToken(hash: TokenHash.of(refreshToken), family: family, expiresAt: expiresAt)
            try scope.recordLastUse(client, at: now)
            return TokenPair(accessToken: accessToken, refreshToken: refreshToken, scopes: scopes)
        }
        let families = pair.isReplay ? try replayedFamily(of: pair.value, in: scope) : [family.description]
        scope.audit(pair.isReplay ? .tokenReplayed : .tokenIssued, families, actor: .credential(client), at: now)
        return pair
    }

    /// The family of a replayed pair; empty where it was removed since.
    private func replayedFamily(of pair: TokenPair, in scope: TenantScope) throws -> [String] {
        let token = try scope.refreshToken(hash: TokenHash.of(pair.refreshToken))
        return token.map { [$0.family.description] } ?? []
    }
}
