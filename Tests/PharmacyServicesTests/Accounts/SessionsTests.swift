import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("Sessions of the dashboard", .timeLimit(.minutes(2)))
struct SessionsTests {
    private struct Fixture {
        let installation: TestInstallation
        var sessions: Sessions { installation.sessions }
        let client: ClientID
        let secret: String

        init(scopes: JSON? = nil) async throws {
            installation = try await TestInstallation()
            let made = try await installation.accounts.createCredential(
                body: .object(scopes.map { [JSON.Member("scopes", $0)] } ?? []),
                authority: .setupToken(TestInstallation.setupToken), tenant: installation.tenant, idempotency: nil
            ).value
            client = try #require(made["client_id"]?.text.flatMap(ClientID.init))
            secret = try #require(made["client_secret"]?.text)
        }

        func signIn() async throws -> String {
            try await sessions.signIn(clientID: client, clientSecret: secret, tenant: installation.tenant).token
        }
    }

    @Test("A session has the tenant and the scopes of its credential, and is audited")
    func signedIn() async throws {
        let fixture = try await Fixture(scopes: ["read"])
        let token = try await fixture.signIn()
        let found = try #require(try await fixture.sessions.find(token))
        #expect(found.tenant.id == fixture.installation.tenant.id)
        #expect(found.caller.clientID == fixture.client && found.caller.scopes == [.read])
        #expect(try await fixture.installation.audited(.sessionCreated) == [[found.session.id.description]])
        #expect(try await fixture.sessions.find(token + "x") == nil)
        #expect(token.hasPrefix("up_session_"))
        let stored = try await fixture.installation.environment.store.systemRead { scope in
            try scope.db.rows("SELECT token_hash FROM sessions", []) { try $0.blob(0) }
        }
        #expect(stored == [TokenHash.of(token)])
    }

    @Test("Each sign-in has an id of its own")
    func newID() async throws {
        let fixture = try await Fixture()
        let tokens = [try await fixture.signIn(), try await fixture.signIn()]
        #expect(Set(tokens).count == 2)
        #expect(try await fixture.sessions.list(tenant: fixture.installation.tenant).count == 2)
    }

    @Test("A wrong secret is refused and audited; so is the secret of a revoked credential")
    func refused() async throws {
        let fixture = try await Fixture()
        let tenant = fixture.installation.tenant
        for secret in ["", "wrong", fixture.secret + "x"] {
            await #expect(throws: ServiceError.invalidClient) {
                _ = try await fixture.sessions.signIn(
                    clientID: fixture.client, clientSecret: secret, tenant: tenant)
            }
        }
        try await fixture.installation.accounts.revokeCredential(fixture.client, tenant: tenant)
        await #expect(throws: ServiceError.invalidClient) { _ = try await fixture.signIn() }
        try await fixture.installation.flushAudit()
        #expect(
            try await fixture.installation.audited(.loginFailed)
                == Array(repeating: [fixture.client.description], count: 4))
        #expect(try await fixture.installation.audited(.sessionCreated).isEmpty)
    }

    @Test("A session ends an hour after its last use, and twelve hours after the sign-in")
    func expiry() async throws {
        let fixture = try await Fixture()
        let time = fixture.installation.time
        let idle = try await fixture.signIn()
        time.advance(by: .minutes(59))
        #expect(try await fixture.sessions.find(idle) != nil)
        time.advance(by: .minutes(59))
        #expect(try await fixture.sessions.find(idle) != nil)
        time.advance(by: .minutes(60))
        #expect(try await fixture.sessions.find(idle) == nil)

        let busy = try await fixture.signIn()
        for _ in 0..<23 {
            time.advance(by: .minutes(30))
            #expect(try await fixture.sessions.find(busy) != nil)
        }
        time.advance(by: .minutes(30))
        #expect(try await fixture.sessions.find(busy) == nil)
        #expect(try await fixture.sessions.list(tenant: fixture.installation.tenant).isEmpty)
        let sweeper = RetentionSweeper(
            environment: fixture.installation.environment, retention: Retention(),
            logger: fixture.installation.logger)
        try await sweeper.prune()
        let left = try await fixture.installation.environment.store.systemRead { scope in
            try scope.db.row("SELECT COUNT(*) FROM sessions", []) { try $0.integer(0) }
        }
        #expect(left == 0)
    }

    @Test("Revoking the credential ends its sessions, suspending the tenant all")
    func revoked() async throws {
        let fixture = try await Fixture()
        let (token, other) = (try await fixture.signIn(), try await fixture.signIn())
        let tenant = fixture.installation.tenant
        try await fixture.installation.environment.store.write(tenant.id) { try $0.setStatus(.suspended) }
        #expect(try await fixture.sessions.find(token) == nil)
        try await fixture.installation.environment.store.write(tenant.id) { try $0.setStatus(.active) }
        #expect(try await fixture.sessions.find(token) != nil)
        try await fixture.installation.accounts.revokeCredential(fixture.client, tenant: tenant)
        for token in [token, other] { #expect(try await fixture.sessions.find(token) == nil) }
    }

    @Test("A wipe ends all sessions")
    func wiped() async throws {
        let fixture = try await Fixture()
        let token = try await fixture.signIn()
        try await fixture.installation.controls.wipe(fixture.installation.tenant)
        #expect(try await fixture.sessions.find(token) == nil)
    }

    @Test("A session that is ended stays ended, and another tenant cannot end it")
    func ended() async throws {
        let fixture = try await Fixture()
        let token = try await fixture.signIn()
        let session = try #require(try await fixture.sessions.find(token)).session
        let other = try await fixture.installation.addTenant("other")
        try await fixture.sessions.end(session.id, tenant: other)
        #expect(try await fixture.sessions.list(tenant: other).isEmpty)
        #expect(try await fixture.sessions.find(token) != nil)
        for _ in 0..<2 { try await fixture.sessions.end(session.id, tenant: fixture.installation.tenant) }
        #expect(try await fixture.sessions.find(token) == nil)
        #expect(try await fixture.installation.audited(.sessionEnded) == [[session.id.description]])
    }

    @Test("A credential has a limited number of sessions; a further sign-in ends the oldest")
    func limited() async throws {
        let fixture = try await Fixture()
        var tokens: [String] = []
        for _ in 0..<(SessionPolicy.limit + 2) { tokens.append(try await fixture.signIn()) }
        var isKnown: [Bool] = []
        for token in tokens { isKnown.append(try await fixture.sessions.find(token) != nil) }
        #expect(isKnown == [false, false] + Array(repeating: true, count: SessionPolicy.limit))
    }

    @Test(
        "A row that was altered in the database is no session",
        arguments: [
            "UPDATE sessions SET created_at = created_at + 1",
            "UPDATE sessions SET credential_id = (SELECT MAX(id) FROM credentials)",
            "UPDATE sessions SET token_hash = (SELECT secret_hash FROM credentials WHERE id = credential_id)",
        ] as [SQL])
    func altered(statement: SQL) async throws {
        let fixture = try await Fixture()
        let token = try await fixture.signIn()
        _ = try await fixture.installation.accounts.createCredential(
            body: [:], authority: .setupToken(TestInstallation.setupToken), tenant: fixture.installation.tenant,
            idempotency: nil)
        try await fixture.installation.environment.store.systemWrite { try $0.db.send(statement, []) }
        #expect(try await fixture.sessions.find(token) == nil)
        #expect(try await fixture.sessions.list(tenant: fixture.installation.tenant).isEmpty)
    }

    @Test("Sessions survive a rotation of the key that proves them")
    func rotation() async throws {
        let fixture = try await Fixture()
        let token = try await fixture.signIn()
        let (bytes, now) = (fixture.installation.environment.entropy.bytes(32), fixture.installation.time.now())
        try await fixture.installation.environment.store.systemWrite {
            try $0.rotateAuthorizationKey(with: bytes, at: now)
        }
        #expect(try await fixture.sessions.find(token) != nil)
    }

    @Test("The tenant of a client id is found; that of an unknown one, or of a suspended tenant, is not")
    func tenant() async throws {
        let fixture = try await Fixture()
        let tenant = fixture.installation.tenant
        #expect(try await fixture.sessions.tenant(of: fixture.client)?.id == tenant.id)
        #expect(try await fixture.sessions.tenant(of: fixture.installation.environment.entropy.identifier()) == nil)
        try await fixture.installation.environment.store.write(tenant.id) { try $0.setStatus(.suspended) }
        #expect(try await fixture.sessions.tenant(of: fixture.client) == nil)
    }
}
