import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// Credentials and tokens (guide, section 1).
enum AccountEndpoints {
    /// In the order of the guide.
    static let all = [
        createCredential, listCredentials, renameCredential, revokeCredential, TokenEndpoints.issue,
        TokenEndpoints.refresh, TokenEndpoints.revoke,
    ]

    private static let clientID = Operation.Parameter.path(
        "client_id", "The credential's client id.", example: "6f1f2b1e-7f55-4d6c-9a35-0b6f6c9a2d11")

    /// `POST auth/credentials`.
    private static let createCredential = Endpoint(
        Operation(
            "createCredential", .post, "auth/credentials", tag: .authentication, summary: "Create credentials",
            description: """
                Creates a client id and a client secret. Create the first credential with the setup token, sent as \
                `Authorization: Bearer` or as `setup_token` in the body; outside a sandbox the setup token works once. \
                Create further credentials with an access token; they cannot have more scopes than its credential. A \
                tenant may have 20 active credentials. The secrets are shown only in this response. With a setup \
                token, the rate limit of the token endpoints applies.
                """,
            parameters: [.idempotencyKey],
            body: .json(
                .reference("CredentialRequest"), isRequired: false,
                examples: [("named", ["name": "Production server"])]),
            responses: [
                Operation.Response(
                    .created, "The new credential with its secrets.", schema: .data(.reference("NewCredential")),
                    example: ["data": AccountResource.newCredential.exampleJSON],
                    headers: [.location, .cacheControl, .idempotentReplayed],
                    links: [
                        Operation.Link("updateCredential", "client_id", from: "/data/client_id"),
                        Operation.Link("revokeCredential", "client_id", from: "/data/client_id"),
                    ])
            ],
            errors: [.credentialLimitReached]),
        access: .setupTokenOrBearer
    ) { request in
        let (body, context) = (request.body, request.wireContext)
        let credential = try await request.services.accounts.createCredential(
            authority: request.setupAuthority(), tenant: request.tenant, idempotency: request.idempotency()
        ) { () throws(ValidationErrors) in
            try AccountResource.draft.parse(body, context)
        }
        request.subject.record(credential: credential.value.id)
        return PartnerResponse.data(AccountResource.newCredential.encode(credential.value))
            .created(at: request.location("auth/credentials/\(credential.value.id)"))
            .replayed(credential.isReplay)
            .with(.cacheControl, "no-store")
    }

    /// `GET auth/credentials`.
    private static let listCredentials = Endpoint(
        Operation(
            "listCredentials", .get, "auth/credentials", tag: .authentication, summary: "List credentials",
            description: "Lists all active credentials with their scopes, without their secrets.",
            parameters: [.flag("include_revoked", "Whether revoked credentials are listed too.")],
            responses: [
                Operation.Response(
                    .ok, "The credentials.", schema: .data(.array(of: .reference("Credential"))),
                    example: ["data": [AccountResource.credential.exampleJSON]])
            ])
    ) { request in
        let includingRevoked = try request.query { $0.flag("include_revoked") }
        let credentials = try await request.services.accounts.credentials(
            of: request.tenant, includingRevoked: includingRevoked)
        return .list(credentials.map(AccountResource.credential.encode))
    }

    /// `PATCH auth/credentials/{client_id}`.
    private static let renameCredential = Endpoint(
        Operation(
            "updateCredential", .patch, "auth/credentials/{client_id}", tag: .authentication,
            summary: "Update a credential",
            description: "Changes the display name. The name of a revoked credential cannot be changed: 404.",
            parameters: [clientID],
            body: .json(.reference("CredentialName"), examples: [("named", ["name": "Production server"])]),
            responses: [
                Operation.Response(
                    .ok, "The credential.", schema: .data(.reference("Credential")),
                    example: ["data": AccountResource.credential.exampleJSON])
            ])
    ) { request in
        let name = try AccountResource.renaming.parse(request.body, request.wireContext)
        let credential = try await request.services.accounts.renameCredential(
            request.id("client_id"), to: name, tenant: request.tenant)
        return .data(AccountResource.credential.encode(credential))
    }

    /// `DELETE auth/credentials/{client_id}`.
    private static let revokeCredential = Endpoint(
        Operation(
            "revokeCredential", .delete, "auth/credentials/{client_id}", tag: .authentication,
            summary: "Revoke a credential",
            description: """
                Revokes the credential and all its access and refresh tokens immediately. Revoking a revoked \
                credential changes nothing and is not an error.
                """,
            parameters: [clientID],
            responses: [Operation.Response(.noContent, "The credential is revoked.")])
    ) { request in
        try await request.services.accounts.revokeCredential(request.id("client_id"), tenant: request.tenant)
        return .noContent
    }
}

extension PartnerRequest {
    /// The token that authorizes the creation of credentials; one in the header takes precedence over one in the body.
    /// - Throws: 401 if the request has no token, 422 if `setup_token` is not a string.
    fileprivate func setupAuthority() throws -> SetupAuthority {
        let member = body["setup_token"]
        if let member, !member.isNull, member.text == nil {
            throw ValidationErrors("setup_token", "setup_token must be a string.")
        }
        if case .bearer(let token)? = authorization {
            return token.hasPrefix(SecretPrefix.setupToken.rawValue) ? .setupToken(token) : .accessToken(token)
        }
        guard let token = member?.text else { throw APIError(.unauthenticated) }
        return .setupToken(token)
    }
}
