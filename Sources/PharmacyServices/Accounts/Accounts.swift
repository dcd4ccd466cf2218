package import PharmacyDomain
internal import PharmacyStore

/// The verbs of tenants and credentials (guide, section 1).
package struct Accounts: Sendable {
    let environment: ServiceEnvironment
    let tokens: AccessTokens
    let verifications: VerificationCache

    package init(environment: ServiceEnvironment, tokens: AccessTokens) {
        self.environment = environment
        self.tokens = tokens
        verifications = VerificationCache(time: environment.time)
    }

    /// Replaces the keys that sign access tokens when they are due (`SigningKeyPolicy`).
    package func renewSigningKeys() async throws { try await tokens.renew() }

    /// Asks the store again about every token and tenant.
    package func forgetVerifications() {
        verifications.forgetTokens()
        verifications.forgetTenants()
    }

    /// `nil` for an unknown or a suspended tenant.
    package func tenant(named name: String) async throws -> Tenant? {
        guard Tenant.isValid(name: name) else { return nil }
        if let known = verifications.tenant(name) { return known }
        let found = try await ServiceEnvironment.translating {
            try await environment.store.systemRead { try $0.tenant(named: name) }
        }
        guard let found, found.status == .active else { return nil }
        verifications.keep(found)
        return found
    }

    /// Makes a credential. Outside sandboxes a setup token is used up by it.
    /// - Returns: `client_id, client_secret, name, status, created_at, webhook_secret`, the secrets shown this once.
    ///   The webhook secret is the one of `X-Webhook-Signature`, also while another is to take over.
    package func createCredential(
        body: JSON, authority: SetupAuthority, tenant: Tenant, idempotency: IdempotencyRequest?
    ) async throws -> IdempotentResult<JSON> {
        try await recordingRefusal(tenant) {
            try await makeCredential(body: body, authority: authority, tenant: tenant, idempotency: idempotency)
        }
    }

    private func makeCredential(
        body: JSON, authority: SetupAuthority, tenant: Tenant, idempotency: IdempotencyRequest?
    ) async throws -> IdempotentResult<JSON> {
        // A setup token is for the first credential, which may do everything.
        var granted = CredentialScope.all
        switch authority {
        case .accessToken(let token):
            granted = try await authenticate(accessToken: token, tenant: tenant).scopes
        case .setupToken(let token):
            // Anybody may send this: what was never a token of the tenant's must not wait among its writes.
            let isKnown = try await environment.read(tenant) { try $0.knowsSetupToken(hash: TokenHash.of(token)) }
            guard isKnown else { throw ServiceError.unauthenticated }
        }
        var fields = FieldReader(body)
        let name = CredentialPolicy.name(in: &fields, required: false) ?? CredentialPolicy.defaultName
        let scopes = CredentialScope.scopes(in: &fields, unlessGiven: granted)
        try fields.problems.throwIfAny()
        guard CredentialScope.covers(granted, scopes) else { throw ServiceError.scopeExceeded }
        let now = environment.now
        let secret = environment.entropy.secret(.clientSecret)
        let credential = Credential(id: environment.entropy.identifier(), name: name, scopes: scopes, createdAt: now)
        return try await environment.withIdempotencyLock(idempotency, tenant: tenant) { [granted] in
            try await environment.write(tenant) { scope in
                let replay = try scope.credentialReplay(idempotency, authority: authority, at: now)
                if let replay {
                    scope.auditReplay(replay, authority: authority, at: now)
                    return replay
                }
                if case .setupToken(let token) = authority {
                    let isValid = try scope.acceptSetupToken(
                        hash: TokenHash.of(token), spending: !tenant.isSandbox, at: now)
                    guard isValid else { throw ServiceError.unauthenticated }
                }
                let outcome: IdempotentResult<JSON> = try scope.executeOnce(
                    idempotency, at: now, encode: \.self, decode: \.self
                ) {
                    guard try scope.activeCredentialCount() < CredentialPolicy.activeLimit else {
                        throw ServiceError.invalid(
                            ValidationErrors(
                                "credentials",
                                "A tenant may have \(CredentialPolicy.activeLimit) active credentials; revoke one first.",
                                code: "credential_limit_reached"))
                    }
                    try scope.insertCredential(credential, secretHash: TokenHash.of(secret))
                    scope.audit(
                        .credentialCreated, [credential.id.description], actor: authority.actor, at: now)
                    return [
                        "client_id": .string(credential.id.description),
                        "client_secret": .string(secret),
                        "name": .string(credential.name),
                        "scopes": CredentialScope.json(credential.scopes),
                        "status": .string(credential.status.rawValue),
                        "created_at": JSON(credential.createdAt),
                        "webhook_secret": .string(try scope.webhookSecrets().settled(at: now).current),
                    ]
                }
                if outcome.isReplay {
                    // Somebody who may do less must not be shown another's secret for the sake of its key.
                    guard CredentialScope.covers(granted, CredentialScope.scopes(outcome.value["scopes"])) else {
                        throw ServiceError.scopeExceeded
                    }
                    scope.auditReplay(outcome, authority: authority, at: now)
                }
                return outcome
            }
        }
    }

    /// Puts a login that fails in the audit log, in no transaction: that of the login leaves nothing behind.
    func recordingRefusal<Value: Sendable>(
        _ tenant: Tenant, client: ClientID? = nil, _ login: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await login()
        } catch let error as ServiceError
            where [.unauthenticated, .invalidClient, .invalidGrant].contains(error)
        {
            try await environment.record(.loginFailed, client.map { [$0.description] } ?? [], tenant: tenant)
            throw error
        }
    }

    /// Newest first.
    package func credentials(of tenant: Tenant, includingRevoked: Bool) async throws -> [Credential] {
        let found = try await environment.read(tenant) { try $0.credentials(includingRevoked: includingRevoked) }
        try await environment.record(.credentialListed, found.map(\.id.description), tenant: tenant)
        return found
    }

    /// Changes the display name; a credential that is revoked keeps the one it had.
    package func renameCredential(_ id: ClientID, body: JSON, tenant: Tenant) async throws -> Credential {
        var fields = FieldReader(body)
        let name = CredentialPolicy.name(in: &fields, required: true)
        guard let name else { throw ServiceError.invalid(fields.problems) }
        let now = environment.now
        return try await environment.write(tenant) { scope in
            guard try scope.credential(id)?.status == .active else { throw ServiceError.notFound }
            try scope.renameCredential(id, to: name)
            scope.audit(.credentialRenamed, [id.description], at: now)
            guard let renamed = try scope.credential(id) else { throw ServiceError.notFound }
            return renamed
        }
    }

    /// Revokes a credential and with it all its tokens, at once; twice is once.
    package func revokeCredential(_ id: ClientID, tenant: Tenant) async throws {
        let now = environment.now
        try await environment.write(tenant) { scope in
            guard try scope.credential(id) != nil else { throw ServiceError.notFound }
            try scope.revokeCredential(id, at: now)
            scope.audit(.credentialRevoked, [id.description], at: now)
        }
        verifications.forgetTokens()
    }

    /// The caller whose token is good for this tenant.
    /// - Throws: `ServiceError.unauthenticated`.
    package func authenticate(accessToken: String, tenant: Tenant) async throws -> Caller {
        let now = environment.now
        let hash = TokenHash.of(accessToken)
        let epoch = verifications.epoch
        if let caller = verifications.caller(hash, tenant: tenant.id, at: now) { return caller }
        guard let verified = await tokens.verify(accessToken, tenant: tenant, at: now) else {
            throw ServiceError.unauthenticated
        }
        let (credential, signingKeys) = try await environment.read(tenant) {
            (try $0.activeCredential(verified.client, family: verified.family), try $0.signingKeyIDs())
        }
        guard let credential else { throw ServiceError.unauthenticated }
        if try await tokens.renew(unlessStoredAre: signingKeys) {
            // The key that signed the token may be gone: the new ones decide.
            guard await tokens.verify(accessToken, tenant: tenant, at: now) != nil else {
                throw ServiceError.unauthenticated
            }
        }
        let caller = Caller(
            clientID: credential.id, scopes: credential.scopes, rotateAfter: credential.rotateAfter)
        verifications.keep(caller, hash, tenant: tenant.id, expiresAt: verified.expiresAt, epoch: epoch)
        if verifications.shouldRecordLastUse(verified.client) {
            try await environment.write(tenant) { try $0.recordLastUse(verified.client, at: now) }
        }
        return caller
    }
}

extension TenantScope {
    /// A repeated creation shows secrets once more.
    func auditReplay(_ replay: IdempotentResult<JSON>, authority: SetupAuthority, at now: Timestamp) {
        let id = replay.value["client_id"]?.text
        audit(.credentialReplayed, id.map { [$0] } ?? [], actor: authority.actor, at: now)
    }

    /// The outcome of an earlier creation with the same key. It is looked for before the setup token is judged, which
    /// that creation may have used up; who sends the key without the token gets nothing.
    func credentialReplay(
        _ request: IdempotencyRequest?, authority: SetupAuthority, at now: Timestamp
    ) throws -> IdempotentResult<JSON>? {
        guard let request, case .setupToken(let token) = authority,
            try knowsSetupToken(hash: TokenHash.of(token))
        else { return nil }
        switch try recordedOutcome(key: request.name, body: request.body, at: now) {
        case .same(let bytes): return IdempotentResult(try StoredJSON.parse(bytes), isReplay: true)
        case .otherBody: throw ServiceError.idempotencyKeyReused
        case .none: return nil
        }
    }
}
