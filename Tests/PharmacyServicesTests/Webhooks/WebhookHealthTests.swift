import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("Health of webhook URLs", .timeLimit(.minutes(3)))
struct WebhookHealthTests {
    private static let hook = "http://127.0.0.1:9/hook"

    private func health(_ installation: TestInstallation) async throws -> (urls: [EndpointSummary], failing: Int) {
        let health = try await installation.webhooks.health(
            page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant)
        return (health.urls.items, health.failing)
    }

    @Test(
        "A URL with five consecutive failed deliveries is reported, and still gets deliveries, until one succeeds"
    )
    func failing() async throws {
        let installation = try await TestInstallation()
        _ = try await installation.place(
            try await installation.order(webhookURLs: ["http://127.0.0.1:9/good"]))
        try await installation.endDueDeliveries(as: .succeeded)
        for number in 1...5 {
            let before = try await health(installation)
            #expect(before.failing == 0)
            installation.time.advance(by: .hours(1))
            _ = try await installation.place(try await installation.order(webhookURLs: [Self.hook]))
            #expect(try await installation.endDueDeliveries(as: .failed).count == 1, "delivery \(number)")
        }
        let last = try await installation.place(try await installation.order(webhookURLs: [Self.hook]))
        var found = try await health(installation)
        #expect(found.failing == 1)
        #expect(found.urls.map { $0["url"]?.text } == [Self.hook, "http://127.0.0.1:9/good"])
        #expect(found.urls[0]["is_failing"] == true)
        #expect(found.urls[0]["failures"] == 5)
        #expect(found.urls[0]["last_success_at"] == .null)
        #expect(found.urls[0]["last_failure_at"] == JSON(installation.time.now()))
        #expect(found.urls[0]["last_error"] == "answered with status 500")
        #expect(found.urls[0]["pending"] == 1)
        #expect(found.urls[0]["oldest_pending_at"] == JSON(installation.time.now()))
        #expect(found.urls[1]["is_failing"] == false)
        #expect(found.urls[1]["failures"] == 0)
        #expect(found.urls[1]["pending"] == 0)

        let due = try await installation.endDueDeliveries(as: .succeeded)
        #expect(due.map(\.url.text) == [Self.hook])
        found = try await health(installation)
        #expect(found.failing == 0)
        #expect(found.urls[0]["last_success_at"] != .null)
        #expect(try await installation.order(last)["status"] == "pending")
    }

    @Test("Another tenant's URLs are not shown")
    func isolation() async throws {
        let installation = try await TestInstallation()
        _ = try await installation.place(try await installation.order(webhookURLs: [Self.hook]))
        let operations = OperatorService(
            environment: installation.environment,
            setupTokens: SetupTokens(fixed: nil), wipeEvery: .hours(24))
        _ = try await operations.createTenant(named: "other", kind: .sandbox)
        let other = try #require(try await installation.accounts.tenant(named: "other"))
        let health = try await installation.webhooks.health(page: PageRequest(page: 1, perPage: 15), tenant: other)
        #expect(health.urls.items.isEmpty)
        #expect(health.urls.total == 0)
    }
}
