package import PharmacyDomain
internal import PharmacyStore

extension OperatorService {
    /// - Returns: `tenant`, `setup_token` and `setup_token_expires_at`.
    package func issueSetupToken(toTenant name: String) async throws -> JSON {
        let now = environment.now
        let entropy = environment.entropy
        let issued = try await write(name) { scope, tenant in
            try setupTokens.issue(to: tenant, in: scope, at: now, entropy: entropy)
        }
        return .object([JSON.Member("tenant", .string(name))] + OperatorService.members(of: issued))
    }

    /// A tenant's credentials, newest first.
    package func credentials(ofTenant name: String, includingRevoked: Bool) async throws -> [JSON] {
        try await read(name) { scope, _ in
            try scope.credentials(includingRevoked: includingRevoked).map(\.document)
        }
    }

    /// Revokes a credential and all its tokens. A repetition changes nothing.
    package func revokeCredential(_ clientID: String, ofTenant name: String) async throws -> JSON {
        let now = environment.now
        return try await write(name) { scope, _ in
            guard let id = ClientID(clientID), try scope.credential(id) != nil else {
                throw OperationError.noSuchCredential
            }
            try scope.revokeCredential(id, at: now)
            scope.audit(.credentialRevoked, [id.description], at: now)
            guard let revoked = try scope.credential(id) else { throw OperationError.noSuchCredential }
            return revoked.document
        }
    }

    /// Gives a tenant a new webhook secret, which replaces a pending one.
    /// - Parameter seconds: until the new secret is the only one, in `WebhookSecrets.activationRange`.
    /// - Returns: `tenant`, `webhook_secret` and `activates_at`.
    package func rotateWebhookSecret(ofTenant name: String, after seconds: Int) async throws -> JSON {
        let rotation = WebhookSecretRotation(after: seconds, environment: environment)
        let rotated = try await write(name) { scope, tenant in try rotation.apply(to: tenant.id, in: scope) }
        return [
            "tenant": .string(name), "webhook_secret": .string(rotated.secret),
            "activates_at": JSON(rotated.activatesAt),
        ]
    }

    static func members(of issued: SetupTokens.Issued) -> [JSON.Member] {
        [
            JSON.Member("setup_token", .string(issued.token)),
            JSON.Member("setup_token_expires_at", JSON(issued.expiresAt)),
        ]
    }
}

extension Credential {
    /// The credential as commands show it, without secrets.
    fileprivate var document: JSON {
        [
            "client_id": .string(id.description), "name": .string(name), "scopes": CredentialScope.json(scopes),
            "status": .string(status.rawValue), "created_at": JSON(createdAt), "last_used_at": JSON(lastUsedAt),
            "revoked_at": JSON(revokedAt), "rotate_after": JSON(rotateAfter),
        ]
    }
}
