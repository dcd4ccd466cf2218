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

    /// The credential in the path.
    private static let clientID = Operation.Parameter.path(
        "client_id", "The credential's client id.", example: "6f1f2b1e-7f55-4d6c-9a35-0b6f6c9a2d11")

    /// `POST auth/credentials`.
    private static let createCredential = Endpoint(
        Operation(
            "createCredential", .post, "auth/credentials", tag: .authentication, summary: "Create credentials",
            description: """
                Makes a client id and a client secret. The first is made with the setup token, sent as `Authorization: \
                Bearer` or as `setup_token` in the body; outside a sandbox it works once. Further ones are made with an \
                access token, and may do at most what its credential may. A tenant may have 20 active credentials. The \
                secrets are shown this once. With a setup token the rate limit is that of the token endpoints.
                """,
            parameters: [.idempotencyKey],
            body: .json(
                .reference("CredentialRequest"), isRequired: false,
                examples: [("named", ["name": "Production server"])]),
            responses: [
                Operation.Response(
                    .created, "The new credential with its secrets.", schema: .data(.reference("NewCredential")),
                    example: ["data": AccountSchemas.newCredentialExample],
                    headers: [.location, .cacheControl, .idempotentReplayed],
                    links: [
                        Operation.Link("updateCredential", "client_id", from: "/data/client_id"),
                        Operation.Link("revokeCredential", "client_id", from: "/data/client_id"),
                    ])
            ],
            errors: [.credentialLimitReached]),
        access: .setupTokenOrBearer
    ) { request in
        let credential = try await request.services.accounts.createCredential(
            body: request.body, authority: request.setupAuthority(), tenant: request.tenant,
            idempotency: request.idempotency())
        let id = credential.value["client_id"]?.text ?? ""
        if let made = ClientID(id) { request.subject.note(credential: made) }
        return PartnerResponse.data(credential.value)
            .created(at: request.location("auth/credentials/\(id)"))
            .replayed(credential.isReplay)
            .with(.cacheControl, "no-store")
    }

    /// `GET auth/credentials`.
    private static let listCredentials = Endpoint(
        Operation(
            "listCredentials", .get, "auth/credentials", tag: .authentication, summary: "List credentials",
            description: "All active credentials, without their secrets, and what each may do.",
            parameters: [.flag("include_revoked", "Whether revoked credentials are listed too.")],
            responses: [
                Operation.Response(
                    .ok, "The credentials.", schema: .data(.array(of: .reference("Credential"))),
                    example: ["data": [AccountSchemas.credentialExample]])
            ])
    ) { request in
        let includingRevoked = try request.query { $0.flag("include_revoked") }
        let credentials = try await request.services.accounts.credentials(
            of: request.tenant, includingRevoked: includingRevoked)
        return .list(credentials.map(\.document))
    }

    /// `PATCH auth/credentials/{client_id}`.
    private static let renameCredential = Endpoint(
        Operation(
            "updateCredential", .patch, "auth/credentials/{client_id}", tag: .authentication,
            summary: "Update a credential",
            description: "Changes the display name. A revoked credential keeps the one it had: 404.",
            parameters: [clientID],
            body: .json(.reference("CredentialName"), examples: [("named", ["name": "Production server"])]),
            responses: [
                Operation.Response(
                    .ok, "The credential.", schema: .data(.reference("Credential")),
                    example: ["data": AccountSchemas.credentialExample])
            ])
    ) { request in
        let credential = try await request.services.accounts.renameCredential(
            request.id("client_id"), body: request.body, tenant: request.tenant)
        return .data(credential.document)
    }

    /// `DELETE auth/credentials/{client_id}`.
    private static let revokeCredential = Endpoint(
        Operation(
            "revokeCredential", .delete, "auth/credentials/{client_id}", tag: .authentication,
            summary: "Revoke a credential",
            description: """
                Revokes the credential and all its access and refresh tokens, at once. Revoking one that is revoked \
                already changes nothing and is no error.
                """,
            parameters: [clientID],
            responses: [Operation.Response(.noContent, "It is revoked.")])
    ) { request in
        try await request.services.accounts.revokeCredential(request.id("client_id"), tenant: request.tenant)
        return .noContent
    }
}

extension PartnerRequest {
    /// What lets the caller make credentials: a token in the header counts before one in the body.
    /// - Throws: 401 where there is none, 422 where the one in the body is no string.
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
