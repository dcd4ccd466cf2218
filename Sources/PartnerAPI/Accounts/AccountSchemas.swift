import PharmacyDomain

/// The shapes of credentials and tokens.
enum AccountSchemas {
    /// The components of the document.
    static let components: [(name: String, schema: Schema)] = [
        ("CredentialRequest", credentialRequest), ("CredentialName", credentialName),
        ("NewCredential", newCredential), ("Credential", credential), ("TokenRequest", tokenRequest),
        ("ClientCredentialsGrant", clientCredentialsGrant), ("RefreshGrant", refreshGrant),
        ("RefreshRequest", refreshRequest), ("RevocationRequest", revocationRequest), ("TokenPair", tokenPair),
    ]

    /// A client id.
    private static let clientID = Schema.uuid.example("6f1f2b1e-7f55-4d6c-9a35-0b6f6c9a2d11")

    /// A display name that matches the pattern.
    private static func name(_ pattern: String) -> Schema {
        .string(maximum: CredentialPolicy.nameLimit, pattern: pattern)
            .described("A display name of your own, at most 100 characters.").example("Production server")
    }

    /// The body that makes a credential.
    private static let credentialRequest = Schema.object([
        .optional("name", name(TextPattern.optionalLine).nullable),
        .optional(
            "scopes",
            scopes.described(
                """
                What the credential may do: all that its creator may, unless given. `read` is for every GET that shows no \
                patient, `patients:read` for patients, `write` for changes (with `read`), `credentials:manage` for \
                credentials, the webhook secret and the wipe of a sandbox. A credential cannot create one that may do \
                more than itself.
                """
            ).nullable),
        .optional(
            "setup_token",
            .string().described("The setup token, where it is not sent as `Authorization: Bearer`.").nullable),
    ])

    /// Scopes with spaces between them.
    private static let scopePattern = {
        let words = "(?:" + CredentialScope.allCases.map(\.rawValue).joined(separator: "|") + ")"
        return TextPattern.whole("\(words)(?: \(words))*")
    }()

    /// What a credential may do.
    private static let scopes = Schema.array(
        of: .oneOf(CredentialScope.self), maximum: CredentialScope.allCases.count)

    /// The body that renames one.
    private static let credentialName = Schema.object([
        .required("name", name(TextPattern.line))
    ])

    /// A credential with its secrets.
    private static let newCredential = Schema.object([
        .required("client_id", clientID),
        .required("client_secret", .string().described("Shown this once.").example("up_secret_…")),
        .required("name", .shownText(CredentialPolicy.nameLimit).example("Production server")),
        .required("scopes", scopes),
        .required("status", .oneOf(["active"])),
        .required("created_at", .timestamp),
        .required(
            "webhook_secret",
            .string().described(
                """
                The tenant's secret that `X-Webhook-Signature` is made with: while a rotation is pending, still the old \
                one. Shown this once.
                """
            ).example("whsec_…")),
    ])

    /// A credential as the list shows it.
    private static let credential = Schema.object([
        .required("client_id", clientID),
        .required("name", .shownText(CredentialPolicy.nameLimit).example("Production server")),
        .required("scopes", scopes),
        .required("status", .oneOf(["active", "revoked"])),
        .required("created_at", .timestamp),
        .required("last_used_at", .timestamp.nullable),
        .required("revoked_at", .timestamp.nullable),
        .required("rotate_after", .timestamp.described("When the credential is 90 days old and should be replaced.")),
    ])

    /// The body that asks for tokens.
    private static let tokenRequest = Schema.anyOf([.reference("ClientCredentialsGrant"), .reference("RefreshGrant")])

    /// Tokens for a client id and secret.
    private static let clientCredentialsGrant = Schema.object([
        .optional(
            "grant_type", .oneOf(["client_credentials"]).described("`client_credentials` unless given.")),
        .optional(
            "client_id",
            .string().nullable.described("Required unless the client authenticates with HTTP Basic.")
                .example(clientIDExample)),
        .optional(
            "client_secret",
            .string().nullable.described("Required unless the client authenticates with HTTP Basic.")
                .example("up_secret_…")),
        scope,
    ])

    /// Tokens for a refresh token, in the words of OAuth 2.
    private static let refreshGrant = Schema.object(
        [
            .required("grant_type", .oneOf(["refresh_token"])),
            .required("refresh_token", .string(minimum: 1).example("up_refresh_…")),
        ] + optionalClient + [scope])

    /// The body of `auth/refresh`.
    private static let refreshRequest = Schema.object(
        [.required("refresh_token", .string(minimum: 1).example("up_refresh_…"))] + optionalClient + [scope])

    /// The body of `auth/revoke`.
    private static let revocationRequest = Schema.object(
        [
            .required(
                "token", .string(minimum: 1).described("An access token or a refresh token.").example("up_refresh_…"))
        ] + optionalClient)

    /// The client beside its token.
    private static let optionalClient: [Schema.Property] = [
        .optional(
            "client_id", .string().nullable.described("The client that the token must be of.").example(clientIDExample)),
        .optional(
            "client_secret",
            .string().nullable.described("Must be right where it is sent, and needs `client_id`.")
                .example("up_secret_…")),
    ]

    /// The scopes that a request for tokens names.
    private static let scope = Schema.Property.optional(
        "scope",
        .string(pattern: scopePattern).described("Scopes that the credential must have, with spaces between them.")
            .example("read write patients:read"))

    /// A pair of tokens.
    private static let tokenPair = Schema.object([
        .required(
            "access_token", .string().described("A JWT, sent as `Authorization: Bearer`.").example("eyJhbGciOi…")),
        .required("token_type", .oneOf(["Bearer"])),
        .required("expires_in", .integer(1).described("Seconds: 30 days.").example(2_592_000)),
        .required("refresh_token", .string().described("Works once.").example("up_refresh_…")),
        .required("refresh_expires_in", .integer(1).described("Seconds: 60 days.").example(5_184_000)),
        .required(
            "scope",
            .string(pattern: scopePattern).described("What the tokens are good for: the scopes of the credential.")
                .example("read write patients:read")),
    ])

    // MARK: Examples

    /// A client id.
    private static let clientIDExample: JSON = "6f1f2b1e-7f55-4d6c-9a35-0b6f6c9a2d11"

    /// A body that asks for a token.
    static let tokenRequestExample: JSON = ["client_id": clientIDExample, "client_secret": "up_secret_…"]

    /// A pair of tokens.
    static let tokenPairExample: JSON = [
        "access_token": "eyJhbGciOi…", "token_type": "Bearer", "expires_in": 2_592_000,
        "refresh_token": "up_refresh_…", "refresh_expires_in": 5_184_000,
        "scope": "read write patients:read credentials:manage",
    ]

    /// A credential with its secrets.
    static let newCredentialExample: JSON = [
        "client_id": clientIDExample, "client_secret": "up_secret_…", "name": "Production server",
        "scopes": ["read", "write", "patients:read", "credentials:manage"], "status": "active",
        "created_at": "2025-12-22T17:15:01+00:00",
        "webhook_secret": "whsec_…",
    ]

    /// A credential as the list shows it.
    static let credentialExample: JSON = [
        "client_id": clientIDExample, "name": "Production server",
        "scopes": ["read", "write", "patients:read", "credentials:manage"], "status": "active",
        "created_at": "2025-12-22T17:15:01+00:00", "last_used_at": nil, "revoked_at": nil,
        "rotate_after": "2026-03-22T17:15:01+00:00",
    ]
}
