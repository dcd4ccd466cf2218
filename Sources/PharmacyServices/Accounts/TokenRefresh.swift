internal import PharmacyDomain
internal import PharmacyStore

/// The exchange of a refresh token for a new pair, within a transaction.
struct TokenRefresh: Sendable {
    enum Outcome: Sendable {
        case pair(IdempotentResult<TokenPair>)
        case refused
        /// The token had been used before. The transaction revokes its family.
        case reused
    }

    /// The hash of the refresh token.
    let hash: [UInt8]
    let fresh: TokenPair
    let now: Timestamp

    func run(_ request: IdempotencyRequest?, in scope: TenantScope) throws -> Outcome {
        guard let token = try scope.refreshToken(hash: hash) else { return .refused }
        switch token.decision(at: now) {
        case .refuse: return .refused
        case .revokeFamily where try !isRepeated(request, of: token, in: scope):
            try scope.revokeFamily(token.family, at: now)
            scope.audit(
                .tokenReuseDetected, [token.family.description], actor: .credential(token.clientID), at: now)
            return .reused
        case .revokeFamily, .rotate: break
        }
        let pair = try request.executeOnce(in: scope, at: now, encode: \.stored, decode: TokenPair.init(stored:)) {
            try rotate(token, in: scope)
        }
        if pair.isReplay {
            scope.audit(.tokenReplayed, [token.family.description], actor: .credential(token.clientID), at: now)
        }
        return .pair(pair)
    }

    /// Uses up the token and stores its successor.
    private func rotate(_ token: RefreshToken, in scope: TenantScope) throws -> TokenPair {
        let expiresAt = now + CredentialPolicy.refreshTokenLifetime
        try scope.useRefreshToken(token, hash: hash, at: now)
        try scope.insertRefreshToken(
            hash: TokenHash.of(fresh.refreshToken), family: token.family, expiresAt: expiresAt)
        try scope.extendFamily(token.family, until: expiresAt)
        try scope.recordLastUse(token.clientID, at: now)
        scope.audit(.tokenRefreshed, [token.family.description], actor: .credential(token.clientID), at: now)
        return fresh
    }

    /// Whether a used refresh token is sent again because its response was lost: the request is the same, byte for byte, and
    /// its outcome is the token's own successor. An idempotency key that was used for another request must not hide a reuse.
    private func isRepeated(
        _ request: IdempotencyRequest?, of token: RefreshToken, in scope: TenantScope
    ) throws -> Bool {
        guard let request,
            case .same(let outcome) = try scope.recordedOutcome(key: request.name, body: request.body, at: now),
            let successor = try StoredJSON.parse(outcome)["refresh_token"]?.text
        else { return false }
        return try scope.refreshToken(hash: TokenHash.of(successor))?.family == token.family
    }
}
