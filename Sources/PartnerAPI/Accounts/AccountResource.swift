package import PharmacyDomain
package import PharmacyServices

/// Credentials and tokens on the wire (guide, section 1).
package enum AccountResource {
    // MARK: Credentials

    /// The body that creates a credential. `setup_token` is read by itself, before the rest of the body is.
    package static let draft = RequestResource(
        { (name: String?, scopes: Set<CredentialScope>?, _: String?) in CredentialDraft(name: name, scopes: scopes) },
        ResourceMember<CredentialDraft, String?>(
            "name", { $0.name }, .optional(.text(CredentialPolicy.name)),
            "A display name, at most 100 characters.", example: "Production server"),
        ResourceMember<CredentialDraft, Set<CredentialScope>?>(
            "scopes", { $0.scopes }, .optional(.scopes),
            """
            The scopes of the credential; the default is all scopes of its creator. `read` allows every GET request that \
            shows no patient, `patients:read` allows reading patients, `write` allows changes and includes `read`, and \
            `credentials:manage` allows managing credentials, rotating the webhook secret and wiping a sandbox. A \
            credential cannot create one that has more scopes than itself.
            """, example: nil),
        ResourceMember<CredentialDraft, String?>(
            "setup_token", { _ in nil }, .optional(.secret),
            "The setup token, unless it is sent as `Authorization: Bearer`.", example: nil))

    /// The body that renames a credential.
    package static let renaming = RequestResource(
        { (name: String) in name },
        ResourceMember<String, String>(
            "name", { $0 }, .text(CredentialPolicy.name), "A display name, at most 100 characters.",
            example: "Production server"))

    /// A new credential with its secrets.
    package static let newCredential = ResponseResource<NewCredential>(
        [
            ResponseMember("client_id", .uuid) { $0.id.json },
            ResponseMember("client_secret", .string().described("Shown only in this response.")) {
                .string($0.secret)
            },
            ResponseMember("name", .shownText(CredentialPolicy.name.maximum)) { .string($0.name) },
            ResponseMember("scopes", scopes) { CredentialScope.json($0.scopes) },
            ResponseMember("status", .oneOf(["active"])) { _ in .string(Credential.Status.active.rawValue) },
            ResponseMember("created_at", .timestamp) { JSON($0.createdAt) },
            ResponseMember(
                "webhook_secret",
                .string().described(
                    """
                    The tenant's secret for `X-Webhook-Signature`. While a rotation is pending, it is the old secret. \
                    Shown only in this response.
                    """)
            ) { .string($0.webhookSecret) },
        ],
        example: NewCredential(
            id: Examples.client, secret: "up_secret_…", name: "Production server", scopes: CredentialScope.all,
            createdAt: Examples.time, webhookSecret: "whsec_…"))

    /// A credential as lists show it.
    package static let credential = ResponseResource<Credential>(
        [
            ResponseMember("client_id", .uuid) { $0.id.json },
            ResponseMember("name", .shownText(CredentialPolicy.name.maximum)) { .string($0.name) },
            ResponseMember("scopes", scopes) { CredentialScope.json($0.scopes) },
            ResponseMember("status", .oneOf(["active", "revoked"])) { .string($0.status.rawValue) },
            ResponseMember("created_at", .timestamp) { JSON($0.createdAt) },
            ResponseMember("last_used_at", .timestamp.nullable) { JSON($0.lastUsedAt) },
            ResponseMember("revoked_at", .timestamp.nullable) { JSON($0.revokedAt) },
            ResponseMember(
                "rotate_after",
                .timestamp.described("The time at which the credential is 90 days old. Replace it by then.")
            ) { JSON($0.rotateAfter) },
        ],
        example: Credential(
            id: Examples.client, name: "Production server", scopes: CredentialScope.all, createdAt: Examples.time))

    private static let scopes = Schema.array(
        of: .oneOf(CredentialScope.self), maximum: CredentialScope.allCases.count)

    // MARK: Tokens

    /// Scopes separated by spaces.
    private static let scopePattern = {
        let scope = "(" + CredentialScope.allCases.map(\.rawValue).joined(separator: "|") + ")"
        return "^\(scope)( \(scope))*$"
    }()

    // The bodies of token requests are OAuth 2's, with alternatives and with credentials in the header (RFC 6749):
    // `TokenGrant` and `ClientAuthentication` read them.

    /// The body of a token request.
    private static let tokenRequest = Schema.anyOf([.reference("ClientCredentialsGrant"), .reference("RefreshGrant")])

    /// Tokens for a client id and secret.
    private static let clientCredentialsGrant = Schema.object([
        .optional(
            "grant_type", .oneOf(["client_credentials"]).described("The default is `client_credentials`.")),
        .optional(
            "client_id",
            .string().nullable.described("Required unless the client authenticates with HTTP Basic.")
                .example(Examples.client.json)),
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

    /// The client in addition to its token.
    private static let optionalClient: [Schema.Property] = [
        .optional(
            "client_id",
            .string().nullable.described("If you send it, the token must belong to this client.").example(
                Examples.client.json)),
        .optional(
            "client_secret",
            .string().nullable.described("If you send it, it must be valid, and `client_id` is required.")
                .example("up_secret_…")),
    ]

    /// The scopes that a request for tokens names.
    private static let scope = Schema.Property.optional(
        "scope",
        .string(pattern: scopePattern).described(
            "The requested scopes, separated by spaces. The credential must have all of them."
        )
        .example("read write patients:read"))

    /// A pair of tokens.
    static let tokenPair = ResponseResource<TokenPair>(
        [
            ResponseMember("access_token", .string().described("A JWT. Send it as `Authorization: Bearer`.")) {
                .string($0.accessToken)
            },
            ResponseMember("token_type", .oneOf(["Bearer"])) { _ in "Bearer" },
            ResponseMember("expires_in", .integer(1).described("Lifetime in seconds: 30 days.")) {
                .integer($0.expiresIn.components.seconds)
            },
            ResponseMember("refresh_token", .string().described("It can be used once.")) { .string($0.refreshToken) },
            ResponseMember("refresh_expires_in", .integer(1).described("Lifetime in seconds: 60 days.")) {
                .integer($0.refreshExpiresIn.components.seconds)
            },
            ResponseMember(
                "scope", .string(pattern: scopePattern).described("The scopes of the tokens: those of the credential.")
            ) { .string(CredentialScope.text($0.scopes)) },
        ],
        example: TokenPair(
            accessToken: "eyJhbGciOi…", refreshToken: "up_refresh_…", scopes: CredentialScope.all))

    /// A body that requests a token.
    static let tokenRequestExample: JSON = ["client_id": Examples.client.json, "client_secret": "up_secret_…"]

    /// The components of the document.
    static let components: [(name: String, schema: Schema)] = [
        ("CredentialRequest", draft.schema), ("CredentialName", renaming.schema),
        ("NewCredential", newCredential.schema), ("Credential", credential.schema), ("TokenRequest", tokenRequest),
        ("ClientCredentialsGrant", clientCredentialsGrant), ("RefreshGrant", refreshGrant),
        ("RefreshRequest", refreshRequest), ("RevocationRequest", revocationRequest), ("TokenPair", tokenPair.schema),
    ]
}

extension WireType where Value == Set<CredentialScope> {
    /// An array of scopes.
    fileprivate static var scopes: WireType {
        let limit = CredentialScope.allCases.count
        return WireType(
            request: .array(of: .oneOf(CredentialScope.self), maximum: limit), write: CredentialScope.json
        ) { json, name, _, errors in
            guard let elements = WireType.elements(json, name, atMost: limit, &errors) else { return .invalid }
            let scopes = elements.compactMap { $0.text.flatMap(CredentialScope.init) }
            guard scopes.count == elements.count else {
                let words = CredentialScope.allCases.map(\.rawValue)
                let list = words.dropLast().joined(separator: ", ") + " and " + words[words.count - 1]
                errors.add(name, "\(name) may contain \(list).")
                return .invalid
            }
            return .value(Set(scopes))
        }
    }
}

extension WireType where Value == String {
    /// A secret, which is not trimmed: only the exact text is valid.
    fileprivate static var secret: WireType {
        WireType(request: .string(), write: JSON.string) { json, name, _, errors in
            if let text = json.text { return .value(text) }
            errors.add(name, "\(name) must be a string.")
            return .invalid
        }
    }
}
