import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("Request rates that nodes count together", .enabled(if: TestDatabase.isPostgreSQL), .timeLimit(.minutes(3)))
struct SharedAllowancesTests {
    private let time = ManualClock()

    /// Nodes with a limiter each, on one database.
    private func limiters(_ count: Int) async throws -> (nodes: [TestInstallation], limiters: [RateLimiter]) {
        let url = try TestDatabase.newURL()
        var nodes: [TestInstallation] = []
        for _ in 0..<count { nodes.append(try await TestInstallation(time: time, sharing: url)) }
        return (nodes, nodes.map { RateLimiter(time: time, sharing: $0.environment.store) })
    }

    /// Asks of all limiters in turn, many at once.
    /// - Returns: how many requests are allowed.
    private func ask(_ limiters: [RateLimiter], _ limit: RateLimit, count: Int, key: String = "client") async -> Int {
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<count {
                let limiter = limiters[number % limiters.count]
                group.addTask { await limiter.admit(key, limit: limit).isAllowed }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
    }

    @Test(
        "However many nodes a client asks, it is let in as often as the limit says, within 5 %",
        arguments: [1, 3, 8], [600, 30, 7])
    func limit(nodeCount: Int, requests: Int) async throws {
        let (nodes, limiters) = try await limiters(nodeCount)
        let limit = try #require(RateLimit(requests: requests, window: .seconds(60)))
        var allowed = 0
        // In bursts, so that nodes take some in reserve.
        for _ in 0..<5 { allowed += await ask(limiters, limit, count: max(requests / 2, 20)) }
        let tolerance = Int((Double(requests) * 0.05).rounded(.up))
        #expect((requests - tolerance...requests).contains(allowed))
        time.advance(by: .seconds(30))
        let more = await ask(limiters, limit, count: requests * 2)
        #expect((requests / 2 - tolerance...(requests + 1) / 2 + tolerance).contains(more))
        #expect(await ask(limiters, limit, count: 5, key: "another") == 5)
        withExtendedLifetime(nodes) {}
    }

    @Test("What one node has let in shows in what the next says is left, and when more may be asked")
    func verdicts() async throws {
        let (nodes, limiters) = try await limiters(2)
        let limit = try #require(RateLimit(requests: 3, window: .seconds(60)))
        #expect(await limiters[0].admit("client", limit: limit).remaining == 2)
        #expect(await limiters[1].admit("client", limit: limit).remaining == 1)
        #expect(await limiters[0].admit("client", limit: limit).remaining == 0)
        let refused = await limiters[1].admit("client", limit: limit)
        #expect(!refused.isAllowed && refused.retryAfter == .seconds(20) && refused.resetsIn == .seconds(60))
        #expect(await limiters[0].verdict(on: "client", limit: limit).isAllowed == false)
        time.advance(by: .seconds(20))
        #expect(await limiters[0].verdict(on: "client", limit: limit).isAllowed)
        #expect(await limiters[1].admit("client", limit: limit).isAllowed)
        #expect(await !limiters[0].admit("client", limit: limit).isAllowed)
        withExtendedLifetime(nodes) {}
    }

    @Test("A node that cannot ask the database counts by itself")
    func withoutStore() async throws {
        let (nodes, limiters) = try await limiters(1)
        await nodes[0].environment.store.close()
        let limit = try #require(RateLimit(requests: 3, window: .seconds(60)))
        #expect(await ask(limiters, limit, count: 10) == 3)
    }

    @Test(
        "A node whose clock is wrong neither uses up a client's limit for the others nor lets it off",
        arguments: [Duration.seconds(120), .seconds(-120), .hours(1)])
    func wrongClock(lead: Duration) async throws {
        let wrong = ManualClock(time.now() + lead)
        let url = try TestDatabase.newURL()
        let nodes = [
            try await TestInstallation(time: time, sharing: url), try await TestInstallation(time: wrong, sharing: url),
        ]
        let clocks = [DatabaseClock(local: time), DatabaseClock(local: wrong)]
        for (clock, node) in zip(clocks, nodes) { try await clock.read(from: node.environment.store) }
        let limiters = zip(clocks, nodes).map { RateLimiter(time: $0, sharing: $1.environment.store) }
        // One that comes back so slowly that what the database's clock has gone on by is nothing.
        let limit = try #require(RateLimit("10/h"))
        for _ in 0..<5 { #expect(await limiters[1].admit("client", limit: limit).isAllowed) }
        // The rest by both in turn: a node that is asked often pays for some requests before they come.
        #expect(await ask(limiters, limit, count: 20) == 5)
        withExtendedLifetime(nodes) {}
    }

    @Test("When the database's clock is set back, nobody is locked out for as long as it was fast")
    func databaseClockSetBack() async throws {
        let (nodes, limiters) = try await limiters(2)
        let limit = try #require(RateLimit("60/m"))
        time.setWallClock(by: .hours(1))
        #expect(await ask(limiters, limit, count: 70) == 60)
        time.setWallClock(by: .hours(-1))
        let refused = await limiters[0].admit("client", limit: limit)
        #expect(!refused.isAllowed && refused.retryAfter == .seconds(1))
        time.advance(by: .seconds(30))
        #expect(await ask(limiters, limit, count: 70) == 30)
        time.advance(by: .seconds(60))
        #expect(await ask(limiters, limit, count: 70) == 60)
        withExtendedLifetime(nodes) {}
    }

    @Test("Clients that owe nothing any more are forgotten")
    func prune() async throws {
        let (nodes, limiters) = try await limiters(1)
        let limit = try #require(RateLimit(requests: 3, window: .seconds(60)))
        for number in 0..<5 { _ = await limiters[0].admit("client-\(number)", limit: limit) }
        func count() async throws -> Int64? {
            try await nodes[0].environment.store.systemRead { scope in
                try scope.db.row("SELECT COUNT(*) FROM rate_limits", []) { try $0.integer(0) }
            }
        }
        let janitor = RetentionSweeper(
            environment: nodes[0].environment, retention: Retention(), logger: nodes[0].logger)
        try await janitor.prune()
        #expect(try await count() == 5)
        time.advance(by: .seconds(61))
        try await janitor.prune()
        #expect(try await count() == 0)
    }
}
