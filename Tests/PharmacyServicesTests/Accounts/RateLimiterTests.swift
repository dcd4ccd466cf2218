import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@Suite("Rate limits of one node", .timeLimit(.minutes(3)))
struct RateLimiterTests {
    private let time = ManualClock()

    @Test("Several requests are admitted together, or refused and not counted")
    func together() async throws {
        let limiter = RateLimiter(time: time)
        let limit = try #require(RateLimit("10/m"))
        #expect(await limiter.admit("client", limit: limit, count: 4).remaining == 6)
        let refused = await limiter.admit("client", limit: limit, count: 7)
        #expect(!refused.isAllowed && refused.retryAfter == .seconds(6))
        #expect(await limiter.admit("client", limit: limit, count: 6).remaining == 0)
        time.advance(by: .seconds(59))
        #expect(await !limiter.admit("client", limit: limit, count: 100).isAllowed)
        time.advance(by: .seconds(1))
        #expect(await limiter.admit("client", limit: limit, count: 100).remaining == 0)
    }

    @Test(
        "Setting the clock neither locks a client out nor admits extra requests",
        arguments: [Duration.hours(1), .hours(-1), .days(400)])
    func clockIsSet(by span: Duration) async throws {
        let limiter = RateLimiter(time: time)
        let limit = try #require(RateLimit("10/m"))
        for _ in 0..<4 { #expect(await limiter.admit("client", limit: limit).isAllowed) }
        time.setWallClock(by: span)
        for _ in 0..<4 { #expect(await limiter.admit("client", limit: limit).isAllowed) }
        time.setWallClock(by: .zero - span)
        #expect(await limiter.admit("client", limit: limit).remaining == 1)
        #expect(await limiter.admit("client", limit: limit).remaining == 0)
        let refused = await limiter.admit("client", limit: limit)
        #expect(!refused.isAllowed && refused.retryAfter == .seconds(6))
        #expect(await !limiter.verdict(on: "client", limit: limit).isAllowed)
        time.advance(by: .seconds(6))
        #expect(await limiter.verdict(on: "client", limit: limit).isAllowed)
        #expect(await limiter.admit("client", limit: limit).isAllowed)
    }
}
