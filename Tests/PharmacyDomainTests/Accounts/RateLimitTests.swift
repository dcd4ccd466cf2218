import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("Rate limits")
struct RateLimitTests {
    @Test(
        "A limit is written as requests in a second, a minute or an hour",
        arguments: [
            ("600/m", 600, 60), ("1/s", 1, 1), ("30/m", 30, 60), ("5000/h", 5000, 3600), ("1000000/s", 1_000_000, 1),
        ])
    func read(text: String, requests: Int, seconds: Int) throws {
        let limit = try #require(RateLimit(text))
        #expect(limit.requests == requests)
        #expect(limit.window == .seconds(seconds))
        #expect(limit.description == text)
    }

    @Test(
        "Any other text is refused",
        arguments: [
            "", "600", "600/", "/m", "600/d", "600/M", "600/min", "0/m", "-1/m", "+1/m", "1000001/s", "1.5/s", "6e2/m",
            "600/m/s", "600 /m", " 600/m", "600/m ", "99999999999999999999/s", "６/m",
        ])
    func refused(text: String) {
        #expect(RateLimit(text) == nil)
    }

    @Test(
        "The whole allowance may be used at once, and remaining counts down to 0",
        arguments: [1, 3, 7, 60, 600, 700, 1009, 99_999, 1_000_000])
    func burst(requests: Int) throws {
        for window in [Duration.seconds(1), .seconds(60)] {
            let limit = try #require(RateLimit(requests: requests, window: window))
            var theoreticalArrivalTime: Int64 = 0
            var remaining = requests
            for _ in 0..<requests {
                let verdict = limit.admit(&theoreticalArrivalTime, at: Fixtures.now)
                remaining -= 1
                guard verdict.isAllowed, verdict.remaining == remaining, verdict.retryAfter == .zero else {
                    Issue.record("\(verdict) where \(remaining) should remain")
                    return
                }
            }
            let before = theoreticalArrivalTime
            let verdict = limit.admit(&theoreticalArrivalTime, at: Fixtures.now)
            #expect(!verdict.isAllowed)
            #expect(verdict.remaining == 0)
            #expect(verdict.retryAfter > .zero)
            #expect(verdict.resetsIn > .zero && verdict.resetsIn <= window)
            #expect(theoreticalArrivalTime == before, "a refused request costs nothing")
        }
    }

    @Test("The allowance recovers evenly: 600 per minute are one per 100 ms")
    func refill() throws {
        let limit = try #require(RateLimit("600/m"))
        var theoreticalArrivalTime: Int64 = 0
        for _ in 0..<600 { _ = limit.admit(&theoreticalArrivalTime, at: Fixtures.now) }
        var probe = theoreticalArrivalTime
        #expect(limit.admit(&probe, at: Fixtures.now).retryAfter == .milliseconds(100))
        #expect(limit.admit(&probe, at: Fixtures.now + .milliseconds(99)).retryAfter == .milliseconds(1))
        let verdict = limit.admit(&probe, at: Fixtures.now + .milliseconds(100))
        #expect(verdict.isAllowed)
        #expect(verdict.remaining == 0)
        #expect(verdict.resetsIn == .seconds(60))
        #expect(!limit.admit(&probe, at: Fixtures.now + .milliseconds(199)).isAllowed)

        probe = theoreticalArrivalTime
        #expect(limit.admit(&probe, at: Fixtures.now + .seconds(30)).remaining == 299)
        probe = theoreticalArrivalTime
        #expect(limit.admit(&probe, at: Fixtures.now + .seconds(60)).remaining == 599)
        probe = theoreticalArrivalTime
        #expect(limit.admit(&probe, at: Fixtures.now + .days(1)).remaining == 599, "nothing is saved up")
    }

    @Test(
        "A client that waits for retryAfter is admitted, and one that waits less is not",
        arguments: ["1/s", "7/s", "600/m", "10/h"])
    func retryAfter(text: String) throws {
        let limit = try #require(RateLimit(text))
        var theoreticalArrivalTime: Int64 = 0
        for _ in 0..<limit.requests { _ = limit.admit(&theoreticalArrivalTime, at: Fixtures.now) }
        let verdict = limit.admit(&theoreticalArrivalTime, at: Fixtures.now)
        let wait = verdict.retryAfter.milliseconds + (verdict.retryAfter.milliseconds == 0 ? 1 : 0)
        #expect(!limit.admit(&theoreticalArrivalTime, at: Fixtures.now + .milliseconds(wait - 1)).isAllowed)
        #expect(limit.admit(&theoreticalArrivalTime, at: Fixtures.now + .milliseconds(wait + 1)).isAllowed)
    }

    @Test(
        "In any span of time no more requests are admitted than the allowance and its recovery",
        arguments: ["600/m", "7/s", "1009/s", "30/m"])
    func neverMore(text: String) throws {
        let limit = try #require(RateLimit(text))
        var generator = SeededGenerator(seed: 429)
        var theoreticalArrivalTime: Int64 = 0
        var now = Fixtures.now
        var admitted = 0
        for _ in 0..<20_000 {
            let isBurst = Int.random(in: 0..<4, using: &generator) > 0
            now = now + .milliseconds(isBurst ? 0 : Int.random(in: 0...20, using: &generator))
            if limit.admit(&theoreticalArrivalTime, at: now).isAllowed { admitted += 1 }
        }
        let windows = Double(now.since(Fixtures.now).milliseconds) / Double(limit.window.milliseconds)
        let most = Double(limit.requests) * (1 + windows)
        #expect(Double(admitted) <= most * 1.001 + 1)
        #expect(Double(admitted) >= min(20_000, most * 0.9 - 1), "and who keeps asking gets nearly all of it")
    }

    @Test("A limit of a million per second is exact")
    func highRate() throws {
        let limit = try #require(RateLimit("1000000/s"))
        var theoreticalArrivalTime: Int64 = 0
        for _ in 0..<1_000_000 { _ = limit.admit(&theoreticalArrivalTime, at: Fixtures.now) }
        #expect(!limit.admit(&theoreticalArrivalTime, at: Fixtures.now).isAllowed)
        var admitted = 0
        for _ in 0..<2000 where limit.admit(&theoreticalArrivalTime, at: Fixtures.now + .milliseconds(1)).isAllowed {
            admitted += 1
        }
        #expect(admitted == 1000)
    }

    @Test("A clock that is set back neither admits extra requests nor locks a client out")
    func clockSetBack() throws {
        let limit = try #require(RateLimit("10/s"))
        var theoreticalArrivalTime: Int64 = 0
        for _ in 0..<10 { _ = limit.admit(&theoreticalArrivalTime, at: Fixtures.now) }
        #expect(!limit.admit(&theoreticalArrivalTime, at: Fixtures.now - .seconds(5)).isAllowed)
        #expect(limit.admit(&theoreticalArrivalTime, at: Fixtures.now + .seconds(1)).isAllowed)
    }

    @Test(
        "After a fast clock is set back, a client owes at most the allowance",
        arguments: ["1/s", "30/m", "600/m", "10/h"], [Duration.seconds(5), .minutes(2), .hours(1), .days(400)])
    func fastClock(text: String, lead: Duration) throws {
        let limit = try #require(RateLimit(text))
        var theoreticalArrivalTime: Int64 = 0
        for _ in 0..<limit.requests { _ = limit.admit(&theoreticalArrivalTime, at: Fixtures.now + lead) }
        let verdict = limit.admit(&theoreticalArrivalTime, at: Fixtures.now)
        #expect(!verdict.isAllowed)
        #expect(verdict.resetsIn <= limit.window)
        #expect(verdict.retryAfter <= limit.window)
        // The excess debt is forgiven permanently, not only until the next request.
        var allowed = 0
        let later = Fixtures.now + limit.window
        while limit.admit(&theoreticalArrivalTime, at: later).isAllowed { allowed += 1 }
        #expect(allowed == limit.requests)
        let spent = limit.verdict(theoreticalArrivalTime: theoreticalArrivalTime, unspent: 0, at: Fixtures.now)
        #expect(spent.resetsIn <= limit.window + RateLimit.clockTolerance)
    }

    @Test("A small difference of the nodes' clocks does not admit extra requests", arguments: [1, 20, 999])
    func skew(milliseconds: Int) throws {
        let limit = try #require(RateLimit("1000/s"))
        let (fast, slow) = (Fixtures.now + .milliseconds(milliseconds), Fixtures.now)
        var theoreticalArrivalTime: Int64 = 0
        for _ in 0..<1_000 { _ = limit.admit(&theoreticalArrivalTime, at: fast) }
        for _ in 0..<100 {
            #expect(!limit.admit(&theoreticalArrivalTime, at: slow).isAllowed)
            #expect(!limit.admit(&theoreticalArrivalTime, at: fast).isAllowed)
        }
    }

    @Test("A limit out of range is invalid", arguments: [(0, 1000), (1, 999), (1_000_001, 1000)])
    func bounds(requests: Int, milliseconds: Int) {
        #expect(RateLimit(requests: requests, window: .milliseconds(milliseconds)) == nil)
    }
}
