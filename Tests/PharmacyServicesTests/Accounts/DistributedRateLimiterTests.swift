import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("Rate limits shared by nodes", .enabled(if: TestDatabase.isPostgreSQL), .timeLimit(.minutes(3)))
struct SharedAllowancesTests {
    private let time = ManualClock()

    /// Nodes of one database, each with its own limiter.
    private func limiters(_ count: Int) async throws -> (nodes: [TestInstallation], limiters: [RateLimiter]) {
        let url = try TestDatabase.newURL()
        var nodes: [TestInstallation] = []
        for _ in 0..<count { nodes.append(try await TestInstallation(time: time, sharing: url)) }
        return (nodes, nodes.map { RateLimiter(time: time, sharing: $0.environment.store) })
    }

    /// Sends requests to all limiters in turn, many concurrently.
    /// - Returns: how many requests are allowed.
    private func countAdmitted(_ limiters: [RateLimiter], _ limit: RateLimit, count: Int, key: String = "client") async
        -> Int
    {
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<count {
                let limiter = limiters[number % limiters.count]
                group.addTask { await limiter.admit(key, limit: limit).isAllowed }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
    }

    @Test(
        "Across any number of nodes a client is admitted up to the limit, within 5 %",
        arguments: [1, 3, 8], [600, 30, 7])
    func limit(nodeCount: Int, requests: Int) async throws {
        let (nodes, limiters) = try await limiters(nodeCount)
        let limit = try #require(RateLimit(requests: requests, window: .seconds(60)))
        var allowed = 0
        // In bursts, so that nodes reserve more requests.
        for _ in 0..<5 { allowed += await countAdmitted(limiters, limit, count: max(requests / 2, 20)) }
        let tolerance = Int((Double(requests) * 0.05).rounded(.up))
        #expect((requests - tolerance...requests).contains(allowed))
        time.advance(by: .seconds(30))
        let more = await countAdmitted(limiters, limit, count: requests * 2)
        #expect((requests / 2 - tolerance...(requests + 1) / 2 + tolerance).contains(more))
        #expect(await countAdmitted(limiters, limit, count: 5, key: "another") == 5)
        withExtendedLifetime(nodes) {}
    }

    @Test("A verdict counts the requests that another node admitted")
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

    @Test("Several requests together are admitted on all nodes, or refused and not counted")
    func together() async throws {
        let (nodes, limiters) = try await limiters(2)
        let limit = try #require(RateLimit(requests: 10, window: .seconds(60)))
        #expect(await limiters[0].admit("client", limit: limit, count: 4).remaining == 6)
        let refused = await limiters[1].admit("client", limit: limit, count: 7)
        #expect(!refused.isAllowed && refused.retryAfter > .zero && refused.retryAfter <= .seconds(6))
        // What a refused batch has reserved is used by the next one.
        #expect(await limiters[1].admit("client", limit: limit, count: 6).isAllowed)
        #expect(await !limiters[0].admit("client", limit: limit).isAllowed)
        time.advance(by: .seconds(60))
        // More than the limit needs the whole allowance.
        #expect(await limiters[0].admit("client", limit: limit, count: 100).isAllowed)
        #expect(await !limiters[1].admit("client", limit: limit).isAllowed)
        withExtendedLifetime(nodes) {}
    }

    @Test("Requests of different sizes at the same time are admitted up to the limit")
    func togetherConcurrently() async throws {
        let (nodes, limiters) = try await limiters(3)
        let limit = try #require(RateLimit(requests: 600, window: .seconds(60)))
        let admitted = await withTaskGroup(of: Int.self) { group in
            for number in 0..<90 {
                let (limiter, count) = (limiters[number % 3], [1, 7, 30][number / 3 % 3])
                group.addTask { await limiter.admit("client", limit: limit, count: count).isAllowed ? count : 0 }
            }
            return await group.reduce(0, +)
        }
        #expect((540...600).contains(admitted))
        withExtendedLifetime(nodes) {}
    }

    @Test("A node without the database counts by itself")
    func withoutStore() async throws {
        let (nodes, limiters) = try await limiters(1)
        await nodes[0].environment.store.close()
        let limit = try #require(RateLimit(requests: 3, window: .seconds(60)))
        #expect(await countAdmitted(limiters, limit, count: 10) == 3)
    }

    @Test(
        "A wrong clock of one node neither uses up a limit nor extends it",
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
        // The allowance recovers so slowly that the time that has passed does not matter.
        let limit = try #require(RateLimit("10/h"))
        for _ in 0..<5 { #expect(await limiters[1].admit("client", limit: limit).isAllowed) }
        // The rest on both nodes in turn: a busy node reserves some requests in advance.
        #expect(await countAdmitted(limiters, limit, count: 20) == 5)
        withExtendedLifetime(nodes) {}
    }

    @Test("When the database's clock is set back, no client is locked out")
    func databaseClockSetBack() async throws {
        let (nodes, limiters) = try await limiters(2)
        let limit = try #require(RateLimit("60/m"))
        time.setWallClock(by: .hours(1))
        #expect(await countAdmitted(limiters, limit, count: 70) == 60)
        time.setWallClock(by: .hours(-1))
        let refused = await limiters[0].admit("client", limit: limit)
        #expect(!refused.isAllowed && refused.retryAfter == .seconds(1))
        time.advance(by: .seconds(30))
        #expect(await countAdmitted(limiters, limit, count: 70) == 30)
        time.advance(by: .seconds(60))
        #expect(await countAdmitted(limiters, limit, count: 70) == 60)
        withExtendedLifetime(nodes) {}
    }

    @Test("Clients with their whole allowance are removed")
    func prune() async throws {
        let (nodes, limiters) = try await limiters(1)
        let limit = try #require(RateLimit(requests: 3, window: .seconds(60)))
        for number in 0..<5 { _ = await limiters[0].admit("client-\(number)", limit: limit) }
        func count() async throws -> Int64? {
            try await nodes[0].environment.store.systemRead { scope in
                try scope.db.row("SELECT COUNT(*) FROM rate_limits", []) { try $0.integer(0) }
            }
        }
        let sweeper = RetentionSweeper(
            environment: nodes[0].environment, retention: Retention(), logger: nodes[0].logger)
        try await sweeper.prune()
        #expect(try await count() == 5)
        time.advance(by: .seconds(61))
        try await sweeper.prune()
        #expect(try await count() == 0)
    }
}
