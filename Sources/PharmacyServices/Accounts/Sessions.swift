package import PharmacyDomain
internal import PharmacyStore

/// The verbs of dashboard sessions: signing in with a credential, and everything that ends a session.
package struct Sessions: Sendable {
    private let environment: ServiceEnvironment
    private let accounts: Accounts

    package init(environment: ServiceEnvironment, accounts: Accounts) {
        self.environment = environment
        self.accounts = accounts
    }

    /// Somebody who is signed in.
    package struct SignedIn: Sendable {
        package let session: DashboardSession
        package let tenant: Tenant
        package let caller: Caller
        /// The credential's display name.
        package let credentialName: String
    }

    /// The tenant of a client id.
    /// - Returns: `nil` for an unknown one, or where the tenant is suspended.
    package func tenant(of clientID: ClientID) async throws -> Tenant? {
        let tenant = try await ServiceEnvironment.translating {
            try await environment.store.systemRead { try $0.tenant(withCredential: clientID) }
        }
        return tenant?.status == .active ? tenant : nil
    }

    /// Signs in.
    /// - Returns: the random id of the session, which is stored only as a hash.
    /// - Throws: `ServiceError.invalidClient`, whatever is wrong.
    package func signIn(
        clientID: ClientID, clientSecret: String, tenant: Tenant
    ) async throws -> (token: String, session: DashboardSession) {
        let now = environment.now
        let session = DashboardSession(
            id: environment.entropy.identifier(), credential: clientID, createdAt: now, lastUsedAt: now)
        let token = environment.entropy.secret(.session)
        // Anybody may send this request: a wrong secret must not wait among the tenant's writes.
        try await accounts.recordingRefusal(tenant, client: clientID) {
            let scopes = try await environment.read(tenant) { try $0.scopes(of: clientID, secret: clientSecret) }
            guard scopes != nil else { throw ServiceError.invalidClient }
            try await environment.write(tenant) { scope in
                guard try scope.scopes(of: clientID, secret: clientSecret) != nil else {
                    throw ServiceError.invalidClient
                }
                try scope.endSessions(of: clientID, exceptNewest: SessionPolicy.limit - 1)
                try scope.insertSession(session, hash: TokenHash.of(token))
                scope.audit(
                    .sessionCreated, [session.id.description], actor: .credential(clientID), at: now)
            }
        }
        return (token, session)
    }

    /// Who is signed in.
    /// - Parameter isUse: whether the session counts as used: a page that stays current by itself must not keep it from ending.
    /// - Returns: `nil` for a token that is unknown, expired or ended, or whose credential was revoked.
    package func find(_ token: String, isUse: Bool = true) async throws -> SignedIn? {
        let (now, hash) = (environment.now, TokenHash.of(token))
        let tenant = try await ServiceEnvironment.translating {
            try await environment.store.systemRead { try $0.tenant(withSession: hash) }
        }
        guard let tenant, tenant.status == .active else { return nil }
        let found: (session: DashboardSession, credential: Credential)?
        do {
            found = try await environment.read(tenant) { try $0.session(hash: hash) }
        } catch ServiceError.notFound {
            // The sandbox is being wiped.
            return nil
        }
        guard let (session, credential) = found, now < session.expiresAt else { return nil }
        if isUse, now.since(session.lastUsedAt) >= SessionPolicy.useInterval {
            try await environment.write(tenant) { try $0.recordUse(of: session.id, at: now) }
        }
        return SignedIn(
            session: session, tenant: tenant,
            caller: Caller(
                clientID: credential.id, scopes: credential.scopes, rotateAfter: credential.rotateAfter),
            credentialName: credential.name)
    }

    /// The tenant's sessions that have not expired, newest first.
    package func list(tenant: Tenant) async throws -> [DashboardSession] {
        let now = environment.now
        return try await environment.read(tenant) { try $0.sessions() }.filter { now < $0.expiresAt }
    }

    /// Ends a session. A repetition changes nothing.
    package func end(_ id: SessionID, tenant: Tenant) async throws {
        let now = environment.now
        try await environment.write(tenant) { scope in
            if try scope.endSession(id) { scope.audit(.sessionEnded, [id.description], at: now) }
        }
    }
}
