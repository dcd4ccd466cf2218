import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("Event streams of the dashboard", .timeLimit(.minutes(2)))
struct SessionStreamsTests {
    private struct Fixture {
        let installation: TestInstallation
        let client: ClientID
        let secret: String
        var streams: SessionStreams { installation.streams }

        init(sharing url: String? = nil, time: ManualClock = ManualClock()) async throws {
            installation = try await TestInstallation(time: time, sharing: url)
            let made = try await installation.accounts.createCredential(
                body: [:], authority: .setupToken(TestInstallation.setupToken), tenant: installation.tenant,
                idempotency: nil
            ).value
            client = try #require(made["client_id"]?.text.flatMap(ClientID.init))
            secret = try #require(made["client_secret"]?.text)
        }

        func signIn() async throws -> (token: String, visitor: Sessions.SignedIn) {
            let token = try await installation.sessions.signIn(
                clientID: client, clientSecret: secret, tenant: installation.tenant
            ).token
            return (token, try #require(try await installation.sessions.find(token)))
        }

        /// A stream whose page has just been rendered.
        func expectedStream() async throws -> (stream: SessionStream, visitor: Sessions.SignedIn) {
            let (token, visitor) = try await signIn()
            streams.expect(by: visitor)
            return (streams.open(token, by: visitor), visitor)
        }
    }

    @Test("A stream reports what has changed since its page was rendered, also before it was opened")
    func expected() async throws {
        let fixture = try await Fixture()
        let (token, visitor) = try await fixture.signIn()
        fixture.streams.expect(by: visitor)
        _ = try await fixture.installation.createPatient()
        let stream = fixture.streams.open(token, by: visitor)
        #expect(try await stream.next() == .changed)
    }

    @Test("A stream that no page announced begins with a change")
    func unexpected() async throws {
        let fixture = try await Fixture()
        let (token, visitor) = try await fixture.signIn()
        fixture.streams.expect(by: visitor)
        fixture.installation.time.advance(by: .seconds(30))
        for _ in 0..<2 {
            let stream = fixture.streams.open(token, by: visitor)
            #expect(try await stream.next() == .changed)
        }
    }

    @Test("Without changes, and after reads, a stream has only heartbeats")
    func heartbeats() async throws {
        let fixture = try await Fixture()
        let patient = try await fixture.installation.createPatient()
        let (stream, _) = try await fixture.expectedStream()
        _ = try await fixture.installation.patients.get(patient, tenant: fixture.installation.tenant)
        for _ in 0..<3 {
            async let event = stream.next()
            await fixture.installation.time.advanceToNextSleeper()
            #expect(try await event == .heartbeat)
        }
        #expect(fixture.installation.time.elapsed() == .seconds(45))
    }

    @Test("Changes in quick succession are reported once in a second")
    func merged() async throws {
        let fixture = try await Fixture()
        let (stream, _) = try await fixture.expectedStream()
        for number in 0..<3 { _ = try await fixture.installation.createPatient(email: "p\(number)@example.com") }
        #expect(try await stream.next() == .changed)
        _ = try await fixture.installation.createPatient(email: "another@example.com")
        async let event = stream.next()
        await fixture.installation.time.advanceToNextSleeper()
        #expect(try await event == .changed)
        #expect(fixture.installation.time.elapsed() == .seconds(1))
    }

    @Test("Another tenant's changes are not reported")
    func otherTenant() async throws {
        let fixture = try await Fixture()
        let (stream, _) = try await fixture.expectedStream()
        let other = try await fixture.installation.addTenant("acme-pharmacy", kind: .sandbox)
        _ = try await fixture.installation.patients.create(
            body: TestInstallation.patient(), tenant: other, idempotency: nil)
        async let event = stream.next()
        await fixture.installation.time.advanceToNextSleeper()
        #expect(try await event == .heartbeat)
    }

    @Test("A stream ends with its session, at once")
    func ended() async throws {
        let fixture = try await Fixture()
        let (stream, visitor) = try await fixture.expectedStream()
        try await fixture.installation.sessions.end(visitor.session.id, tenant: fixture.installation.tenant)
        #expect(try await stream.next() == nil)
    }

    @Test("A stream ends when the credential of its session is revoked")
    func revoked() async throws {
        let fixture = try await Fixture()
        let (stream, _) = try await fixture.expectedStream()
        try await fixture.installation.accounts.revokeCredential(fixture.client, tenant: fixture.installation.tenant)
        #expect(try await stream.next() == nil)
    }

    @Test("An open stream does not keep its session from ending when nobody uses it")
    func idle() async throws {
        let fixture = try await Fixture()
        let (stream, _) = try await fixture.expectedStream()
        fixture.installation.time.advance(by: SessionPolicy.idleLimit - .seconds(1))
        async let event = stream.next()
        await fixture.installation.time.advanceToNextSleeper()
        #expect(try await event == nil)
    }

    @Test("A session has a limited number of streams: another one ends the oldest")
    func limit() async throws {
        let fixture = try await Fixture()
        let (token, visitor) = try await fixture.signIn()
        for _ in 0..<8 { fixture.streams.expect(by: visitor) }
        let oldest = fixture.streams.open(token, by: visitor)
        var others = (0..<7).map { _ in fixture.streams.open(token, by: visitor) }
        #expect(fixture.streams.count == 8)
        let (token2, visitor2) = try await fixture.signIn()
        let other = fixture.streams.open(token2, by: visitor2)
        #expect(fixture.streams.count == 9)
        async let ended = oldest.next()
        let ninth = fixture.streams.open(token, by: visitor)
        #expect(try await ended == nil)
        #expect(fixture.streams.count == 9)
        #expect(try await ninth.next() == .changed)
        others = []
        #expect(fixture.streams.count == 2 && others.isEmpty)
        #expect(try await other.next() == .changed)
    }

    @Test("A cancelled stream ends with an error, not as if its session had ended")
    func cancelled() async throws {
        let fixture = try await Fixture()
        let (stream, _) = try await fixture.expectedStream()
        let waiting = Task { try await stream.next() }
        waiting.cancel()
        let outcome = await waiting.result
        #expect(throws: CancellationError.self) { _ = try outcome.get() }
    }

    @Test("Changes on one node are reported on another", .enabled(if: TestDatabase.isPostgreSQL))
    func severalNodes() async throws {
        let (time, url) = (ManualClock(), try TestDatabase.newURL())
        let fixture = try await Fixture(sharing: url, time: time)
        let other = try await TestInstallation(time: time, sharing: url)
        let (stream, _) = try await fixture.expectedStream()
        // The first change may be that this node listens now.
        for number in 0..<3 {
            async let event = stream.next()
            if number > 0 { await time.advanceToNextSleeper() }
            _ = try await other.createPatient(email: "p\(number)@example.com")
            #expect(try await event == .changed)
        }
        await other.close()
    }
}
