import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// The token endpoints: OAuth 2.0 (RFC 6749), as JSON or as forms.
enum TokenEndpoints {
    /// The answer with a pair of tokens.
    private static let pair = Operation.Response(
        .ok, "A pair of tokens.", schema: .reference("TokenPair"), example: AccountSchemas.tokenPairExample,
        headers: [.cacheControl, .idempotentReplayed])

    /// `POST auth/token`.
    static let issue = Endpoint(
        Operation(
            "issueToken", .post, "auth/token", tag: .authentication, summary: "Obtain a token",
            description: """
                Exchanges the client id and secret for an access token (30 days) and a refresh token (60 days). It is \
                also a plain OAuth 2.0 token endpoint: form encoding, HTTP Basic, `grant_type`. Limited to 30 requests a \
                minute for each client address, and to 30 failures a minute for each client id. With the grant type \
                `refresh_token` it does what `auth/refresh` does. Tokens have the scopes of their credential, which \
                the answer names; a `scope` that names others is refused.
                """,
            parameters: [.idempotencyKey],
            body: .jsonOrForm(
                .reference("TokenRequest"),
                examples: [
                    ("credentials", AccountSchemas.tokenRequestExample),
                    ("refresh", ["grant_type": "refresh_token", "refresh_token": "up_refresh_…"]),
                ]),
            responses: [pair],
            errors: [.unsupportedGrantType, .invalidScope, .invalidClient, .invalidGrant]),
        access: .clientCredentials
    ) { request in
        let idempotency = try request.idempotency()
        switch try request.grant() {
        case .refreshToken(let token): return try await refreshed(token, request, idempotency)
        case .clientCredentials(let client):
            let scopes = try request.requestedScopes()
            let tokens = try await request.limitingFailedLogins(of: client.clientID) {
                try await request.services.accounts.issueToken(
                    clientID: client.clientID, clientSecret: client.clientSecret, scopes: scopes,
                    tenant: request.tenant, idempotency: idempotency)
            }
            return .tokens(tokens)
        }
    }

    /// `POST auth/refresh`.
    static let refresh = Endpoint(
        Operation(
            "refreshToken", .post, "auth/refresh", tag: .authentication, summary: "Refresh a token",
            description: """
                Exchanges a refresh token for a new pair. The old refresh token is revoked; showing it again revokes \
                every token that came of it. If the answer is lost, send the request again with the same \
                `Idempotency-Key` and get the same new pair. Client credentials are not needed; where they are sent they \
                must be right, and the token theirs.
                """,
            parameters: [.idempotencyKey],
            body: .jsonOrForm(
                .reference("RefreshRequest"), examples: [("refresh", ["refresh_token": "up_refresh_…"])]),
            responses: [pair],
            errors: [.invalidScope, .invalidClient, .invalidGrant]),
        access: .clientCredentials
    ) { request in
        try await refreshed(request.token("refresh_token"), request, request.idempotency())
    }

    /// `POST auth/revoke`.
    static let revoke = Endpoint(
        Operation(
            "revokeToken", .post, "auth/revoke", tag: .authentication, summary: "Revoke a token",
            description: """
                Revokes an access token or a refresh token (RFC 7009). An unknown token is no error; a `token_type_hint` is \
                not needed. Client credentials are not needed; where they are sent they must be right, and the token theirs.
                """,
            body: .jsonOrForm(.reference("RevocationRequest"), examples: [("refresh", ["token": "up_refresh_…"])]),
            responses: [Operation.Response(.ok, "It is not valid any more.", headers: [.cacheControl])],
            errors: [.invalidClient, .invalidGrant]),
        access: .clientCredentials
    ) { request in
        let (token, login) = (try request.token("token"), try request.clientLogin())
        try await request.limitingFailedLogins(of: login) {
            try await request.services.accounts.revokeToken(token, login: login, tenant: request.tenant)
        }
        return PartnerResponse(.ok).with(.cacheControl, "no-store")
    }

    /// The answer to a refresh token, on either path.
    private static func refreshed(
        _ token: String, _ request: PartnerRequest, _ idempotency: IdempotencyRequest?
    ) async throws -> PartnerResponse {
        let (scopes, login) = (try request.requestedScopes(), try request.clientLogin())
        return .tokens(
            try await request.limitingFailedLogins(of: login) {
                try await request.services.accounts.refresh(
                    token, login: login, scopes: scopes, tenant: request.tenant, idempotency: idempotency)
            })
    }
}

extension PartnerResponse {
    /// A pair of tokens, at the top level (RFC 6749 §5.1).
    fileprivate static func tokens(_ pair: IdempotentResult<TokenPair>) -> PartnerResponse {
        members([
            "access_token": .string(pair.value.accessToken),
            "token_type": "Bearer",
            "expires_in": .integer(pair.value.expiresIn.components.seconds),
            "refresh_token": .string(pair.value.refreshToken),
            "refresh_expires_in": .integer(pair.value.refreshExpiresIn.components.seconds),
            "scope": .string(CredentialScope.text(pair.value.scopes)),
        ])
        .replayed(pair.isReplay).with(.cacheControl, "no-store")
    }
}
