internal import PharmacyDomain
internal import PharmacyStore

/// A new credential, and the transaction that creates it.
struct CredentialCreation: Sendable {
    private let credential: Credential
    private let secret: String
    private let authority: SetupAuthority
    private let granted: Set<CredentialScope>
    private let usesUpSetupToken: Bool
    private let now: Timestamp

    /// - Parameters:
    ///   - granted: the scopes that the credential may get.
    /// - Throws: `ServiceError.invalid`, `ServiceError.scopeExceeded`.
    init(
        _ draft: CredentialDraft, authority: SetupAuthority, granted: Set<CredentialScope>, tenant: Tenant,
        environment: ServiceEnvironment
    ) throws {
        let name = draft.name ?? CredentialPolicy.defaultName
        if let violation = CredentialPolicy.name.violation(in: name) {
            throw ServiceError.invalid(ValidationErrors("name", "name \(violation)"))
        }
        let scopes = draft.scopes.map(CredentialScope.granted) ?? granted
        guard CredentialScope.covers(granted, scopes) else { throw ServiceError.scopeExceeded }
        self.authority = authority
        self.granted = granted
        usesUpSetupToken = !tenant.isSandbox
        now = environment.now
        secret = environment.entropy.secret(.clientSecret)
        credential = Credential(id: environment.entropy.identifier(), name: name, scopes: scopes, createdAt: now)
    }

    /// Creates the credential, or returns the outcome of an earlier request with the same idempotency key.
    func run(_ request: IdempotencyRequest?, in scope: TenantScope) throws -> IdempotentResult<NewCredential> {
        if let replay = try replay(of: request, in: scope) {
            auditReplay(replay, in: scope)
            return replay
        }
        if case .setupToken(let token) = authority {
            let isValid = try scope.acceptSetupToken(hash: TokenHash.of(token), spending: usesUpSetupToken, at: now)
            guard isValid else { throw ServiceError.unauthenticated }
        }
        let outcome = try request.executeOnce(
            in: scope, at: now, encode: \.outcome, decode: { NewCredential(outcome: $0) }
        ) { try insert(in: scope) }
        if outcome.isReplay {
            // A caller with fewer scopes must not get another's secret by using its idempotency key.
            guard CredentialScope.covers(granted, outcome.value.scopes) else {
                throw ServiceError.scopeExceeded
            }
            auditReplay(outcome, in: scope)
        }
        return outcome
    }

    private func insert(in scope: TenantScope) throws -> NewCredential {
        guard try scope.activeCredentialCount() < CredentialPolicy.activeLimit else {
            throw ServiceError.invalid(
                ValidationErrors(
                    "credentials",
                    "A tenant may have \(CredentialPolicy.activeLimit) active credentials; revoke one first.",
                    code: "credential_limit_reached"))
        }
        try scope.insertCredential(credential, secretHash: TokenHash.of(secret))
        scope.audit(.credentialCreated, [credential.id.description], actor: authority.actor, at: now)
        return NewCredential(
            id: credential.id, secret: secret, name: credential.name, scopes: credential.scopes,
            createdAt: credential.createdAt, webhookSecret: try scope.webhookSecrets().settled(at: now).current)
    }

    /// The outcome of an earlier creation with the same idempotency key and a setup token. It is looked up before the token
    /// is checked, because that creation may have used the token up. A client with the key but without the token gets
    /// nothing.
    private func replay(of request: IdempotencyRequest?, in scope: TenantScope) throws -> IdempotentResult<
        NewCredential
    >? {
        guard let request, case .setupToken(let token) = authority,
            try scope.knowsSetupToken(hash: TokenHash.of(token))
        else { return nil }
        return try request.replay(in: scope, at: now, decode: { NewCredential(outcome: $0) })
    }

    /// A replay shows the secrets again.
    private func auditReplay(_ replay: IdempotentResult<NewCredential>, in scope: TenantScope) {
        scope.audit(.credentialReplayed, [replay.value.id.description], actor: authority.actor, at: now)
    }
}
