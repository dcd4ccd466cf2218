package import PharmacyDomain
internal import PharmacyStore

extension Accounts {
    /// Creates a credential. A live tenant's setup token is used up by it.
    /// - Parameter draft: reads the request. It is called when the authority has been verified.
    /// - Throws: `ServiceError`, what `draft` throws.
    package func createCredential(
        authority: SetupAuthority, tenant: Tenant, idempotency: IdempotencyRequest?,
        draft: () throws(ValidationErrors) -> CredentialDraft
    ) async throws -> IdempotentResult<NewCredential> {
        try await recordingRefusal(tenant) {
            let granted = try await grantedScopes(to: authority, tenant: tenant)
            let creation = try CredentialCreation(
                try mappingValidationErrors(draft), authority: authority, granted: granted, tenant: tenant,
                environment: environment)
            return try await environment.withIdempotencyLock(idempotency, tenant: tenant) {
                try await environment.write(tenant) { try creation.run(idempotency, in: $0) }
            }
        }
    }

    /// The scopes that may be given to a new credential.
    private func grantedScopes(to authority: SetupAuthority, tenant: Tenant) async throws -> Set<CredentialScope> {
        switch authority {
        case .session(let caller): return caller.scopes
        case .accessToken(let token): return try await authenticate(accessToken: token, tenant: tenant).scopes
        case .setupToken(let token):
            // Anybody may send this request: an unknown token must not wait among the tenant's writes.
            let isKnown = try await environment.read(tenant) { try $0.knowsSetupToken(hash: TokenHash.of(token)) }
            guard isKnown else { throw ServiceError.unauthenticated }
            // A setup token is for the first credential, which may have every scope.
            return CredentialScope.all
        }
    }

    /// A tenant's credentials, newest first.
    package func credentials(of tenant: Tenant, includingRevoked: Bool) async throws -> [Credential] {
        let found = try await environment.read(tenant) { try $0.credentials(includingRevoked: includingRevoked) }
        try await environment.record(.credentialListed, found.map(\.id.description), tenant: tenant)
        return found
    }

    /// Changes the display name.
    /// - Throws: `ServiceError.notFound` for an unknown or a revoked credential.
    package func renameCredential(_ id: ClientID, to name: String, tenant: Tenant) async throws -> Credential {
        guard !name.trimmed.isEmpty else {
            throw ServiceError.invalid(ValidationErrors("name", "name must not be blank."))
        }
        if let violation = CredentialPolicy.name.violation(in: name) {
            throw ServiceError.invalid(ValidationErrors("name", "name \(violation)"))
        }
        let now = environment.now
        return try await environment.write(tenant) { scope in
            guard try scope.credential(id)?.status == .active else { throw ServiceError.notFound }
            try scope.renameCredential(id, to: name)
            scope.audit(.credentialRenamed, [id.description], at: now)
            guard let renamed = try scope.credential(id) else { throw ServiceError.notFound }
            return renamed
        }
    }

    /// Revokes a credential and all its tokens at once. A repetition changes nothing.
    package func revokeCredential(_ id: ClientID, tenant: Tenant) async throws {
        let now = environment.now
        try await environment.write(tenant) { scope in
            guard try scope.credential(id) != nil else { throw ServiceError.notFound }
            try scope.revokeCredential(id, at: now)
            scope.audit(.credentialRevoked, [id.description], at: now)
        }
        verifications.forgetTokens()
    }
}
