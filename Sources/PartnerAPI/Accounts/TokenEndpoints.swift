import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// The token endpoints of OAuth 2.0 (RFC 6749, RFC 7009). They accept JSON and forms.
enum TokenEndpoints {
    private static let pair = Operation.Response(
        .ok, "A pair of tokens.", schema: .reference("TokenPair"), example: AccountResource.tokenPair.exampleJSON,
        headers: [.cacheControl, .idempotentReplayed])

    /// `POST auth/token`.
    static let issue = Endpoint(
        Operation(
            "issueToken", .post, "auth/token", tag: .authentication, summary: "Obtain a token",
            description: """
                Exchanges the client id and secret for an access token (30 days) and a refresh token (60 days). It is \
                also a plain OAuth 2.0 token endpoint: form encoding, HTTP Basic, `grant_type`. It is limited to 30 \
                requests per minute for each client address, and to 30 failures per minute for each client id. With \
                the grant type `refresh_token` it works like `auth/refresh`. Tokens have the scopes of their \
                credential, which the response lists; a `scope` that the credential does not have is refused.
                """,
            parameters: [.idempotencyKey],
            body: .jsonOrForm(
                .reference("TokenRequest"),
                examples: [
                    ("credentials", AccountResource.tokenRequestExample),
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
                Exchanges a refresh token for a new pair. The old refresh token is revoked; using it again revokes \
                every token that was derived from it. If the response is lost, send the request again with the same \
                `Idempotency-Key` to get the same new pair. Client credentials are optional; if you send them, they \
                must be valid, and the token must belong to them.
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
                Revokes an access token or a refresh token (RFC 7009). An unknown token is not an error; a \
                `token_type_hint` is ignored. Client credentials are optional; if you send them, they must be valid, \
                and the token must belong to them.
                """,
            body: .jsonOrForm(.reference("RevocationRequest"), examples: [("refresh", ["token": "up_refresh_…"])]),
            responses: [Operation.Response(.ok, "The token is no longer valid.", headers: [.cacheControl])],
            errors: [.invalidClient, .invalidGrant]),
        access: .clientCredentials
    ) { request in
        let (token, login) = (try request.token("token"), try request.clientLogin())
        try await request.limitingFailedLogins(of: login) {
            try await request.services.accounts.revokeToken(token, login: login, tenant: request.tenant)
        }
        return PartnerResponse(.ok).with(.cacheControl, "no-store")
    }

    /// Exchanges a refresh token, for `auth/token` and `auth/refresh`.
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
        members(AccountResource.tokenPair.encode(pair.value))
            .replayed(pair.isReplay).with(.cacheControl, "no-store")
    }
}
