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
            // On PostgreSQL a node tells of a change when it begins to listen, at any time.
            installation = try await TestInstallation(
                time: time, sharing: url,
                opening: url == nil ? { try TestDatabase(on: .sqlite).open(notifier: $0) } : nil)
            // Others are told of a change after its caller has gone on.
            let changes = installation.notifier.changes(.records, of: installation.tenant.id)
            let made = try await installation.accounts.createCredential(
                body: [:], authority: .setupToken(TestInstallation.setupToken), tenant: installation.tenant,
                idempotency: nil
            ).value
            client = try #require(made["client_id"]?.text.flatMap(ClientID.init))
            secret = try #require(made["client_secret"]?.text)
            try await changes.wait()
        }

        /// Opens a stream for changes of records.
        func open(_ page: String?, _ token: String, _ visitor: Sessions.SignedIn) throws -> SessionStream {
            try #require(streams.open(page, showing: .records, token: token, by: visitor))
        }

        /// The next event of a stream that has to wait for it.
        func awaited(_ stream: SessionStream) async throws -> SessionStream.Event? {
            async let event = stream.next()
            await installation.time.advanceToNextSleeper()
            return try await event
        }

        func signIn() async throws -> (token: String, visitor: Sessions.SignedIn) {
            // The sign-in is a change, too.
            let changes = installation.notifier.changes(.records, of: installation.tenant.id)
            let token = try await installation.sessions.signIn(
                clientID: client, clientSecret: secret, tenant: installation.tenant
            ).token
            try await changes.wait()
            return (token, try #require(try await installation.sessions.find(token)))
        }

        /// A stream whose page has just been rendered.
        func announcedStream() async throws -> (stream: SessionStream, visitor: Sessions.SignedIn) {
            let (token, visitor) = try await signIn()
            streams.announce("a page", showing: .records, to: visitor)
            return (try open("a page", token, visitor), visitor)
        }
    }

    @Test("A stream reports what has changed since its page was rendered, also before it was opened")
    func announced() async throws {
        let fixture = try await Fixture()
        let (token, visitor) = try await fixture.signIn()
        fixture.streams.announce("one", showing: .records, to: visitor)
        _ = try await fixture.installation.createPatient()
        #expect(try await fixture.open("one", token, visitor).next() == .changed)
        fixture.streams.announce("two", showing: .records, to: visitor)
        // The other page was rendered after the change.
        let stream = try fixture.open("two", token, visitor)
        #expect(try await fixture.awaited(stream) == .heartbeat)
    }

    @Test("A stream that connects again, or whose page is unknown or another session's, begins with a change")
    func unannounced() async throws {
        let fixture = try await Fixture()
        let (token, visitor) = try await fixture.signIn()
        let (otherToken, other) = try await fixture.signIn()
        for page in ["old", "other's"] { fixture.streams.announce(page, showing: .records, to: visitor) }
        #expect(try await fixture.open("other's", otherToken, other).next() == .changed)
        fixture.installation.time.advance(by: .seconds(30))
        fixture.streams.announce("new", showing: .records, to: visitor)
        let first = try fixture.open("new", token, visitor)
        for page in ["new", "old", "unknown", nil] {
            #expect(try await fixture.open(page, token, visitor).next() == .changed, "\(page ?? "none")")
        }
        #expect(try await fixture.awaited(first) == .heartbeat)
    }

    @Test("Requests are a change for those who show them alone")
    func requests() async throws {
        let fixture = try await Fixture()
        let (token, visitor) = try await fixture.signIn()
        let tenant = fixture.installation.tenant
        fixture.streams.announce("records", showing: .records, to: visitor)
        fixture.streams.announce("requests", showing: [.records, .requests], to: visitor)
        fixture.installation.requests.record(
            LoggedRequest(
                id: "one", receivedAt: fixture.installation.time.now(), credential: fixture.client,
                operation: "listOrders", method: "GET", path: "orders", status: 200, code: nil,
                duration: .milliseconds(1), order: nil, patient: nil),
            tenant: tenant)
        #expect(await fixture.installation.requests.flush())
        #expect(try await fixture.open("requests", token, visitor).next() == .changed)
        let stream = try fixture.open("records", token, visitor)
        #expect(try await fixture.awaited(stream) == .heartbeat)
    }

    @Test("Without changes, and after reads, a stream has only heartbeats")
    func heartbeats() async throws {
        let fixture = try await Fixture()
        let changes = fixture.installation.notifier.changes(.records, of: fixture.installation.tenant.id)
        let patient = try await fixture.installation.createPatient()
        // Otherwise the stream might begin with it.
        try await changes.wait()
        let (stream, _) = try await fixture.announcedStream()
        _ = try await fixture.installation.patients.get(patient, tenant: fixture.installation.tenant)
        for _ in 0..<3 {
            #expect(try await fixture.awaited(stream) == .heartbeat)
        }
        #expect(fixture.installation.time.elapsed() == .seconds(45))
    }

    @Test("Changes in quick succession are reported once in a second")
    func merged() async throws {
        let fixture = try await Fixture()
        let (stream, _) = try await fixture.announcedStream()
        for number in 0..<3 { _ = try await fixture.installation.createPatient(email: "p\(number)@example.com") }
        #expect(try await stream.next() == .changed)
        _ = try await fixture.installation.createPatient(email: "another@example.com")
        #expect(try await fixture.awaited(stream) == .changed)
        #expect(fixture.installation.time.elapsed() == .seconds(1))
    }

    @Test("Another tenant's changes are not reported")
    func otherTenant() async throws {
        let fixture = try await Fixture()
        let (stream, _) = try await fixture.announcedStream()
        let other = try await fixture.installation.addTenant("acme-pharmacy", kind: .sandbox)
        _ = try await fixture.installation.patients.create(
            body: TestInstallation.patient(), tenant: other, idempotency: nil)
        #expect(try await fixture.awaited(stream) == .heartbeat)
    }

    @Test("A stream ends with its session, at once")
    func ended() async throws {
        let fixture = try await Fixture()
        let (stream, visitor) = try await fixture.announcedStream()
        try await fixture.installation.sessions.end(visitor.session.id, tenant: fixture.installation.tenant)
        #expect(try await stream.next() == nil)
    }

    @Test("A stream ends when the credential of its session is revoked")
    func revoked() async throws {
        let fixture = try await Fixture()
        let (stream, _) = try await fixture.announcedStream()
        try await fixture.installation.accounts.revokeCredential(fixture.client, tenant: fixture.installation.tenant)
        #expect(try await stream.next() == nil)
    }

    @Test("An open stream does not keep its session from ending when nobody uses it")
    func idle() async throws {
        let fixture = try await Fixture()
        let (stream, _) = try await fixture.announcedStream()
        fixture.installation.time.advance(by: SessionPolicy.idleLimit - .seconds(1))
        #expect(try await fixture.awaited(stream) == nil)
    }

    @Test("A session has a limited number of streams: another one ends the oldest")
    func limit() async throws {
        let fixture = try await Fixture()
        let (token, visitor) = try await fixture.signIn()
        fixture.streams.announce("oldest", showing: .records, to: visitor)
        let oldest = try fixture.open("oldest", token, visitor)
        var others = try (0..<7).map { _ in try fixture.open(nil, token, visitor) }
        #expect(fixture.streams.count == 8)
        let (token2, visitor2) = try await fixture.signIn()
        let other = try fixture.open(nil, token2, visitor2)
        #expect(fixture.streams.count == 9)
        // The sign-in was a change.
        #expect(try await oldest.next() == .changed)
        async let ended = oldest.next()
        let ninth = try fixture.open(nil, token, visitor)
        await fixture.installation.time.advanceToNextSleeper()
        #expect(try await ended == nil)
        #expect(fixture.streams.count == 9)
        #expect(try await ninth.next() == .changed)
        others = []
        #expect(fixture.streams.count == 2 && others.isEmpty)
        #expect(try await other.next() == .changed)
    }

    @Test("A tenant has a share of all streams; what has ended makes room")
    func share() async throws {
        let fixture = try await Fixture()
        var streams: [SessionStream] = []
        var isRefused = false
        while !isRefused {
            let (token, visitor) = try await fixture.signIn()
            for _ in 0..<8 {
                let stream = fixture.streams.open(nil, showing: .records, token: token, by: visitor)
                if let stream { streams.append(stream) } else { isRefused = true }
            }
        }
        #expect((400...512).contains(streams.count))
        streams.removeLast(8)
        let (token, visitor) = try await fixture.signIn()
        #expect(fixture.streams.open(nil, showing: .records, token: token, by: visitor) != nil)
    }

    @Test("A cancelled stream ends with an error, not as if its session had ended")
    func cancelled() async throws {
        let fixture = try await Fixture()
        let (stream, _) = try await fixture.announcedStream()
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
        let (stream, _) = try await fixture.announcedStream()
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
