import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@Suite("Removal of expired records", .timeLimit(.minutes(1)))
struct RetentionSweeperTests {
    private func events(_ installation: TestInstallation) async throws -> [String?] {
        try await installation.webhooks.events(after: nil, limit: 100, tenant: installation.tenant).payloads
            .map { try JSON.parse($0.bytes)["event"]?.text }
    }

    private func deliveries(_ installation: TestInstallation) async throws -> Page<DeliverySummary> {
        try await installation.webhooks.deliveries(
            DeliveryFilter(), page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant)
    }

    @Test("Events and deliveries older than the retention are removed; unfinished ones and orders stay")
    func events() async throws {
        let installation = try await TestInstallation()
        let sweeper = RetentionSweeper(
            environment: installation.environment, retention: Retention(webhooks: .days(30)),
            logger: installation.logger)
        let body = try await installation.order(webhookURLs: ["http://127.0.0.1:9/hook"])
        let order = try await installation.place(body)
        try await installation.endDueDeliveries(as: .succeeded)
        installation.time.advance(by: .days(1))
        for _ in 1...250 { _ = try await installation.place(body) }
        try await installation.endDueDeliveries(as: .failed, limit: 100)
        let unfinished = try await installation.place(
            try await installation.order(webhookURLs: ["http://127.0.0.1:9/unfinished"]))
        installation.time.advance(by: .days(28))
        try await sweeper.prune()
        #expect(try await deliveries(installation).total == 252)

        installation.time.advance(by: .days(1) + .seconds(1))
        let cursor = try await installation.webhooks.events(after: nil, limit: 1, tenant: installation.tenant).next
        try await sweeper.prune()
        #expect(try await deliveries(installation).total == 251)
        installation.time.advance(by: .days(1))
        _ = try await installation.controls.advance(order, to: .confirmed, tenant: installation.tenant)
        try await sweeper.prune()
        #expect(try await events(installation) == ["order.created", "order.confirmed"])
        let left = try await deliveries(installation).items.map { $0["order"]?.text }
        #expect(left == [order.description, unfinished.description])
        #expect(try await installation.order(order)["status"] == "confirmed")
        await #expect(throws: ServiceError.cursorExpired) {
            _ = try await installation.webhooks.events(after: cursor, limit: 10, tenant: installation.tenant)
        }

        try await installation.endDueDeliveries(as: .succeeded)
        installation.time.advance(by: .days(31))
        try await sweeper.prune()
        #expect(try await events(installation).isEmpty)
        let health = try await installation.webhooks.health(
            page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant)
        #expect(health.urls.items.isEmpty, "a URL goes with its last delivery")
    }
}
