import HTTPTypes
import HummingbirdTesting
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@testable import DeveloperHub

@Suite("The dashboard: overview", .timeLimit(.minutes(2)))
struct OverviewPageTests {
    private static let now = Timestamp(milliseconds: 1_766_423_701_000)

    private func count(_ hoursAgo: Int, _ code: String?, _ number: Int) -> RequestCount {
        RequestCount(key: RequestCount.Key(hour: Self.now.hour - .hours(hoursAgo), code: code), count: number)
    }

    @Test("Requests are summed in bars, the newest last; what is older than the span is left out")
    func bars() {
        let counts = [
            count(0, nil, 7), count(0, "not_found", 1), count(23, nil, 5), count(24, nil, 100), count(167, "x", 3),
            count(168, nil, 1_000), count(719, nil, 11),
        ]
        let day = ActivityChart(counts, over: .day, until: Self.now)
        #expect(day.bars.count == 24 && day.bars.first?.all == 5)
        #expect(day.bars.last?.all == 8 && day.bars.last?.bad == 1)
        #expect(day.all == 13 && day.bad == 1)
        let week = ActivityChart(counts, over: .week, until: Self.now)
        #expect(week.bars.map(\.all) == [3, 0, 0, 0, 0, 100, 13])
        #expect(ActivityChart(counts, over: .month, until: Self.now).all == 1_127)
    }

    @Test("A bar is as high as its share, and an error is visible among many requests")
    func heights() throws {
        let counts = [count(0, nil, 10_000), count(0, "x", 1), count(1, nil, 5_000)]
        let bars = try #require(
            ActivityChart(counts, over: .day, until: Self.now).context["bars"] as? [[String: Any]])
        #expect(bars.last?["height"] as? Int == 120 && bars.last?["badHeight"] as? Int == 2)
        #expect(bars[22]["height"] as? Int == 59 && bars[22]["badHeight"] as? Int == 0)
        #expect(bars[0]["height"] as? Int == 0)
    }

    @Test("Deliveries have a success rate, which is 100 % only if none failed")
    func successRate() {
        func rate(_ succeeded: Int, _ failed: Int) -> String {
            let hour = Self.now.hour
            return ActivityChart(
                [
                    DeliveryCount(hour: hour, status: .succeeded, count: succeeded),
                    DeliveryCount(hour: hour - .hours(1), status: .failed, count: failed),
                    DeliveryCount(hour: hour - .hours(24), status: .failed, count: 1_000),
                ], over: .day, until: Self.now
            ).successRate
        }
        #expect(
            rate(7, 0) == "100.0 %" && rate(9_999, 1) == "99.9 %" && rate(0, 3) == "0.0 %" && rate(2, 1) == "66.6 %")
        #expect(rate(0, 0).isEmpty)
    }

    @Test("The checklist ticks what was done, and hides when everything is")
    func checklist() async throws {
        try await DashboardFixture.with { fixture in
            let visitor = try await fixture.signIn()
            func done() async throws -> Int {
                try await visitor.get("/dashboard").text.matches(of: #/>done</#).count
            }
            #expect(try await done() == 1)
            _ = try await fixture.installation.createPatient()
            #expect(try await done() == 2)
            _ = try await fixture.installation.place(
                try await fixture.installation.order(webhookURLs: ["http://127.0.0.1:9/hook"]))
            #expect(try await done() == 6)
            try await fixture.installation.endDueDeliveries(as: .succeeded)
            let text = try await visitor.get("/dashboard").text
            #expect(!text.contains("Getting started"))
            #expect(text.contains("Your rate limit is 1000/s"))
        }
    }

    @Test("The span is chosen by the URL", arguments: ["24h", "7d", "30d", "nonsense"])
    func span(name: String) async throws {
        try await DashboardFixture.with { fixture in
            let visitor = try await fixture.signIn()
            let page = try await visitor.get("/dashboard?span=\(name)")
            #expect(page.response.status == .ok)
            let chosen = name == "nonsense" ? "24h" : name
            #expect(page.text.contains("href=\"/dashboard?span=\(chosen)\" aria-current=\"true\""))
        }
    }
}
