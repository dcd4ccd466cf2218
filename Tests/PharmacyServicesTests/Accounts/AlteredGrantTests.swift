import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("Authorization data that was altered in the database", .timeLimit(.minutes(3)))
struct AlteredGrantTests {
    /// A live tenant with credentials, and the sandbox.
    struct Partner: Sendable {
        let installation: TestInstallation
        let operations: OperatorService
        let alarm: AuthorizationAlarm
        let tenant: Tenant
        let login: Login

        struct Login: Sendable {
            let client: ClientID
            let secret: String
        }

        init() async throws {
            installation = try await TestInstallation()
            operations = OperatorService(
                environment: installation.environment,
                setupTokens: SetupTokens(fixed: nil), wipeEvery: .hours(24))
            alarm = AuthorizationAlarm(environment: installation.environment, logger: installation.logger)
            let made = try await operations.createTenant(named: "acme", kind: .live)
            tenant = try #require(try await installation.accounts.tenant(named: "acme"))
            login = try await Partner.credential(
                ["name": "first"], .setupToken(try #require(made["setup_token"]?.text)), tenant, installation)
        }

        private static func credential(
            _ body: JSON, _ authority: SetupAuthority, _ tenant: Tenant, _ installation: TestInstallation
        ) async throws -> Login {
            let made = try await installation.accounts.createCredential(
                body: body, authority: authority, tenant: tenant, idempotency: nil
            ).value
            return Login(
                client: try #require(made["client_id"]?.text.flatMap(ClientID.init)),
                secret: try #require(made["client_secret"]?.text))
        }

        func newCredential(_ body: JSON = [:]) async throws -> Login {
            let token = try await tokens(login).accessToken
            return try await Partner.credential(body, .accessToken(token), tenant, installation)
        }

        func tokens(_ login: Login, at tenant: Tenant? = nil) async throws -> TokenPair {
            try await installation.accounts.issueToken(
                clientID: login.client.description, clientSecret: login.secret, tenant: tenant ?? self.tenant)
        }

        func refresh(_ token: String) async throws -> TokenPair {
            try await installation.accounts.refresh(token, tenant: tenant, idempotency: nil).value
        }

        func revoke(_ login: Login) async throws {
            try await installation.accounts.revokeCredential(login.client, tenant: tenant)
        }

        /// Writes the database without the program.
        func alter(_ sql: SQL, _ binds: [SQLValue] = []) async throws {
            let rows = try await installation.environment.store.systemWrite { try $0.db.run(sql, binds) }
            #expect(rows > 0, "\(sql.text) has changed nothing")
            installation.accounts.forgetVerifications()
        }

        /// The present proof of a row, to be restored later.
        func proof(_ sql: SQL, _ binds: [SQLValue] = []) async throws -> [UInt8] {
            let found = try await installation.environment.store.systemRead { scope in
                try scope.db.row(sql, binds) { try $0.blob(0) }
            }
            return try #require(found)
        }

        // MARK: What must be refused

        func expectNoLogin(_ login: Login, at tenant: Tenant? = nil) async {
            await #expect(throws: ServiceError.invalidClient) { _ = try await tokens(login, at: tenant) }
        }

        func expectNoAccess(_ pair: TokenPair) async {
            await #expect(throws: ServiceError.unauthenticated) {
                _ = try await installation.accounts.authenticate(accessToken: pair.accessToken, tenant: tenant)
            }
        }

        func expectNoRefresh(_ token: String) async {
            await #expect(throws: ServiceError.invalidGrant) { _ = try await refresh(token) }
        }

        func expectNoSetup(_ token: String) async {
            await #expect(throws: ServiceError.unauthenticated) {
                _ = try await installation.accounts.createCredential(
                    body: [:], authority: .setupToken(token), tenant: tenant, idempotency: nil)
            }
        }

        /// Neither the tenant nor any of its records are found.
        func expectNoTenant() async throws {
            #expect(try await installation.accounts.tenant(named: tenant.name) == nil)
            await #expect(throws: StoreError.alteredTenant) {
                try await installation.environment.store.read(tenant.id) { _ = try $0.patientCount() }
            }
        }
    }

    /// An attack by somebody who can write the database.
    struct Attack: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The kind of row that is reported.
        let kind: UnprovenGrant.Kind
        let run: @Sendable (Partner) async throws -> Void

        init(
            _ testDescription: String, _ kind: UnprovenGrant.Kind,
            _ run: @escaping @Sendable (Partner) async throws -> Void
        ) {
            self.testDescription = testDescription
            self.kind = kind
            self.run = run
        }
    }

    private static let foreignID = "5f1d7a9e-6d3c-4a55-9a3b-0c7ce1c8a111"
    private static let foreignSecret = "up_secret_" + String(repeating: "s", count: 43)
    private static let foreignToken = "up_setup_" + String(repeating: "x", count: 43)

    static let credentials: [Attack] = [
        Attack("a credential is inserted", .credential) { partner in
            try await partner.alter(
                """
                INSERT INTO credentials (tenant_id, client_id, secret_hash, name, created_at, scopes)
                SELECT id, $2, $3, 'mine', 0, 'read write' FROM tenants WHERE name = $1
                """, [.text("acme"), .text(foreignID), .blob(TokenHash.of(foreignSecret))])
            await partner.expectNoLogin(
                Partner.Login(client: try #require(ClientID(foreignID)), secret: foreignSecret))
        },
        Attack("a credential is inserted with the proof of another", .credential) { partner in
            try await partner.alter(
                """
                INSERT INTO credentials (tenant_id, client_id, secret_hash, name, created_at, scopes, proof)
                SELECT tenant_id, $2, $3, name, created_at, scopes, proof FROM credentials WHERE client_id = $1
                """,
                [
                    .text(partner.login.client.description), .text(foreignID), .blob(TokenHash.of(foreignSecret)),
                ])
            await partner.expectNoLogin(
                Partner.Login(client: try #require(ClientID(foreignID)), secret: foreignSecret))
        },
        Attack("the secret of a credential is replaced", .credential) { partner in
            try await partner.alter(
                "UPDATE credentials SET secret_hash = $2 WHERE client_id = $1",
                [.text(partner.login.client.description), .blob(TokenHash.of(foreignSecret))])
            await partner.expectNoLogin(Partner.Login(client: partner.login.client, secret: foreignSecret))
        },
        Attack("the secrets of two credentials are exchanged", .credential) { partner in
            let other = try await partner.newCredential()
            for (client, secret) in [(partner.login.client, other.secret), (other.client, partner.login.secret)] {
                try await partner.alter(
                    "UPDATE credentials SET secret_hash = $2 WHERE client_id = $1",
                    [.text(client.description), .blob(TokenHash.of(secret))])
            }
            await partner.expectNoLogin(Partner.Login(client: partner.login.client, secret: other.secret))
            await partner.expectNoLogin(Partner.Login(client: other.client, secret: partner.login.secret))
        },
        Attack("a credential is moved to another tenant", .credential) { partner in
            try await partner.alter(
                "UPDATE credentials SET tenant_id = (SELECT id FROM tenants WHERE name = 'sandbox') WHERE client_id = $1",
                [.text(partner.login.client.description)])
            await partner.expectNoLogin(partner.login, at: partner.installation.tenant)
            await partner.expectNoLogin(partner.login)
        },
        Attack("the scopes of a credential are raised", .credential) { partner in
            let reader = try await partner.newCredential(["scopes": ["read"]])
            let pair = try await partner.tokens(reader)
            try await partner.alter(
                "UPDATE credentials SET scopes = 'read write patients:read' WHERE client_id = $1",
                [.text(reader.client.description)])
            await partner.expectNoAccess(pair)
            await partner.expectNoLogin(reader)
            await partner.expectNoRefresh(pair.refreshToken)
        },
        Attack("a credential is no longer revoked", .credential) { partner in
            let pair = try await partner.tokens(partner.login)
            try await partner.revoke(partner.login)
            try await partner.alter(
                "UPDATE credentials SET revoked_at = NULL WHERE client_id = $1",
                [.text(partner.login.client.description)])
            await partner.expectNoAccess(pair)
            await partner.expectNoLogin(partner.login)
        },
        Attack("a credential is put back to before it was revoked, its proof, too", .credential) { partner in
            let pair = try await partner.tokens(partner.login)
            let client = SQLValue.text(partner.login.client.description)
            let proof = try await partner.proof("SELECT proof FROM credentials WHERE client_id = $1", [client])
            try await partner.revoke(partner.login)
            try await partner.alter(
                "UPDATE credentials SET revoked_at = NULL, proof = $2 WHERE client_id = $1", [client, .blob(proof)])
            await partner.expectNoAccess(pair)
            await partner.expectNoLogin(partner.login)
            await partner.expectNoRefresh(pair.refreshToken)
        },
        Attack("a credential loses its proof", .credential) { partner in
            try await partner.alter(
                "UPDATE credentials SET proof = NULL WHERE client_id = $1", [.text(partner.login.client.description)])
            await partner.expectNoLogin(partner.login)
        },
    ]

    static let tokens: [Attack] = [
        Attack("a used refresh token is unused again", .refreshToken) { partner in
            let pair = try await partner.tokens(partner.login)
            _ = try await partner.refresh(pair.refreshToken)
            try await partner.alter(
                "UPDATE refresh_tokens SET used_at = NULL WHERE token_hash = $1",
                [.blob(TokenHash.of(pair.refreshToken))])
            await partner.expectNoRefresh(pair.refreshToken)
        },
        Attack("a refresh token expires later", .refreshToken) { partner in
            let pair = try await partner.tokens(partner.login)
            partner.installation.time.advance(by: .days(60))
            try await partner.alter(
                "UPDATE refresh_tokens SET expires_at = expires_at + 86400000 WHERE token_hash = $1",
                [.blob(TokenHash.of(pair.refreshToken))])
            await partner.expectNoRefresh(pair.refreshToken)
        },
        Attack("a refresh token is inserted", .refreshToken) { partner in
            _ = try await partner.tokens(partner.login)
            try await partner.alter(
                """
                INSERT INTO refresh_tokens (token_hash, family_id, expires_at, proof)
                SELECT $1, family_id, expires_at, proof FROM refresh_tokens
                """, [.blob(TokenHash.of(foreignSecret))])
            await partner.expectNoRefresh(foreignSecret)
        },
        Attack("a family of tokens is no longer revoked", .tokenFamily) { partner in
            let pair = try await partner.tokens(partner.login)
            try await partner.installation.accounts.revokeToken(pair.refreshToken, tenant: partner.tenant)
            try await partner.alter("UPDATE token_families SET revoked_at = NULL")
            await partner.expectNoAccess(pair)
            await partner.expectNoRefresh(pair.refreshToken)
        },
        Attack("a family of tokens is put back to before it was revoked, its proof, too", .tokenFamily) { partner in
            let pair = try await partner.tokens(partner.login)
            let proof = try await partner.proof("SELECT proof FROM token_families")
            _ = try await partner.refresh(pair.refreshToken)
            // The token is used a second time.
            await partner.expectNoRefresh(pair.refreshToken)
            try await partner.alter("UPDATE token_families SET revoked_at = NULL, proof = $1", [.blob(proof)])
            await partner.expectNoAccess(pair)
            await partner.expectNoRefresh(pair.refreshToken)
        },
        Attack("a family of tokens is attached to a stronger credential", .tokenFamily) { partner in
            let reader = try await partner.newCredential(["scopes": ["read"]])
            let pair = try await partner.tokens(reader)
            try await partner.alter(
                """
                UPDATE token_families SET credential_id = (SELECT id FROM credentials WHERE client_id = $1)
                WHERE credential_id = (SELECT id FROM credentials WHERE client_id = $2)
                """, [.text(partner.login.client.description), .text(reader.client.description)])
            await partner.expectNoRefresh(pair.refreshToken)
        },
        Attack("a setup token is inserted", .setupToken) { partner in
            try await partner.alter(
                """
                INSERT INTO setup_tokens (token_hash, tenant_id, created_at)
                SELECT $2, id, 0 FROM tenants WHERE name = $1
                """, [.text("acme"), .blob(TokenHash.of(foreignToken))])
            await partner.expectNoSetup(foreignToken)
        },
        Attack("a setup token that was used up is good again", .setupToken) { partner in
            let token = try #require(
                try await partner.operations.issueSetupToken(toTenant: "acme")["setup_token"]?.text)
            _ = try await partner.installation.accounts.createCredential(
                body: [:], authority: .setupToken(token), tenant: partner.tenant, idempotency: nil)
            try await partner.alter(
                "UPDATE setup_tokens SET used_at = NULL WHERE token_hash = $1", [.blob(TokenHash.of(token))])
            await partner.expectNoSetup(token)
        },
        Attack("a setup token that has expired is good again", .setupToken) { partner in
            let token = try #require(
                try await partner.operations.issueSetupToken(toTenant: "acme")["setup_token"]?.text)
            partner.installation.time.advance(by: .days(8))
            try await partner.alter(
                "UPDATE setup_tokens SET expires_at = NULL WHERE token_hash = $1", [.blob(TokenHash.of(token))])
            await partner.expectNoSetup(token)
        },
    ]

    static let tenants: [Attack] = [
        Attack("a suspended tenant is resumed", .tenant) { partner in
            _ = try await partner.operations.setStatus(.suspended, ofTenant: "acme")
            try await partner.alter("UPDATE tenants SET status = 'active' WHERE name = 'acme'")
            try await partner.expectNoTenant()
        },
        Attack("a live tenant becomes a sandbox", .tenant) { partner in
            try await partner.alter("UPDATE tenants SET kind = 'sandbox' WHERE name = 'acme'")
            try await partner.expectNoTenant()
        },
        Attack("a tenant takes the data key of another", .tenant) { partner in
            try await partner.alter(
                """
                UPDATE tenants SET data_key = (SELECT t.data_key FROM tenants t WHERE t.name = 'sandbox')
                WHERE name = 'acme'
                """)
            try await partner.expectNoTenant()
        },
        Attack("a tenant is renamed", .tenant) { partner in
            try await partner.alter("UPDATE tenants SET name = 'other' WHERE name = 'acme'")
            #expect(try await partner.installation.accounts.tenant(named: "other") == nil)
        },
        Attack("a webhook secret takes over at another time", .tenant) { partner in
            _ = try await partner.operations.rotateWebhookSecret(ofTenant: "acme", after: 3600)
            try await partner.alter(
                "UPDATE tenants SET next_webhook_secret_at = next_webhook_secret_at + 1 WHERE name = 'acme'")
            try await partner.expectNoTenant()
        },
        Attack("a sandbox counts fewer wipes, to have an old setup token again", .tenant) { partner in
            try await partner.alter("UPDATE tenants SET wipes = 7 WHERE name = 'sandbox'")
            #expect(try await partner.installation.accounts.tenant(named: "sandbox") == nil)
        },
    ]

    @Test("An altered row grants nothing and raises an alert", arguments: credentials + tokens + tenants)
    func isRefused(attack: Attack) async throws {
        let partner = try await Partner()
        await partner.alarm.reportAtOnce()
        #expect(try await partner.installation.audited(.authorizationAltered).isEmpty)
        try await attack.run(partner)
        await partner.alarm.reportAtOnce()
        let reported = try await partner.installation.audited(.authorizationAltered)
        #expect(reported.contains { $0.first == attack.kind.rawValue }, "\(reported)")
        // Each row once, by an id or the beginning of a digest.
        #expect(reported.allSatisfy { $0.count == 2 })
        #expect(Set(reported).count == reported.count)
    }

    @Test("A row that is used repeatedly is logged once per minute")
    func executeOnce() async throws {
        let partner = try await Partner()
        try await partner.alter("UPDATE credentials SET scopes = 'read' WHERE client_id <> ''")
        for expected in [1, 1, 2] {
            for _ in 0..<5 { await partner.expectNoLogin(partner.login) }
            await partner.alarm.reportAtOnce()
            let lines = try await partner.installation.audited(.authorizationAltered)
            #expect(lines.count == expected)
            #expect(lines.allSatisfy { $0 == ["credential", partner.login.client.description] })
            partner.installation.time.advance(by: .seconds(30))
        }
    }

    @Test("An altered row is neither listed nor counted, and does not become valid by a change")
    func isAbsent() async throws {
        let partner = try await Partner()
        let other = try await partner.newCredential(["name": "other"])
        try await partner.alter(
            "UPDATE credentials SET scopes = 'read' WHERE client_id = $1", [.text(other.client.description)])
        let accounts = partner.installation.accounts
        let listed = try await accounts.credentials(of: partner.tenant, includingRevoked: true)
        #expect(listed.map(\.id) == [partner.login.client])
        #expect(try await partner.operations.tenant(named: "acme")["active_credentials"] == 1)
        await #expect(throws: ServiceError.notFound) {
            _ = try await accounts.renameCredential(other.client, body: ["name": "mine"], tenant: partner.tenant)
        }
        await #expect(throws: ServiceError.notFound) {
            try await accounts.revokeCredential(other.client, tenant: partner.tenant)
        }
        await partner.expectNoLogin(other)
        // The other row is still valid.
        _ = try await partner.tokens(partner.login)
    }

    @Test("A server starts although the row of its sandbox was altered, and serves the other tenants")
    func sandbox() async throws {
        let partner = try await Partner()
        try await partner.alter("UPDATE tenants SET status = 'suspended' WHERE name = 'sandbox'")
        try await partner.installation.controls.provision()
        #expect(try await partner.installation.accounts.tenant(named: "sandbox") == nil)
        _ = try await partner.tokens(partner.login)
        await #expect(throws: OperationError.nameTaken("sandbox")) {
            _ = try await partner.operations.createTenant(named: "sandbox", kind: .sandbox)
        }
        await #expect(throws: OperationError.noSuchTenant("sandbox")) {
            _ = try await partner.operations.setStatus(.active, ofTenant: "sandbox")
        }
    }
}
