import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@Suite("Counts of deliveries over time", .timeLimit(.minutes(2)))
struct WebhookCountTests {
    @Test("Deliveries are counted in the hour of their end; another round counts again")
    func deliveries() async throws {
        let installation = try await TestInstallation()
        let tenant = installation.tenant
        let start = installation.time.now().hour
        func counts() async throws -> [DeliveryCount] {
            try await installation.webhooks.counts(since: start, tenant: tenant)
        }
        for _ in 0..<3 {
            _ = try await installation.place(
                try await installation.order(webhookURLs: ["http://127.0.0.1:9/hook"]))
        }
        #expect(try await counts().isEmpty)
        try await installation.endDueDeliveries(as: .failed)
        #expect(try await counts() == [DeliveryCount(hour: start, status: .failed, count: 3)])
        installation.time.advance(by: .hours(1))
        #expect(try await installation.webhooks.recoverable(since: start, tenant: tenant) == 3)
        #expect(try await installation.webhooks.recoverable(since: start + .hours(1), tenant: tenant) == 0)
        #expect(try await installation.webhooks.recover(since: start, tenant: tenant) == 3)
        #expect(try await installation.webhooks.recoverable(since: start, tenant: tenant) == 0)
        try await installation.endDueDeliveries(as: .succeeded)
        #expect(
            try await counts() == [
                DeliveryCount(hour: start, status: .failed, count: 3),
                DeliveryCount(hour: start + .hours(1), status: .succeeded, count: 3),
            ])
        let other = try await installation.addTenant("acme-pharmacy")
        #expect(try await installation.webhooks.counts(since: start, tenant: other).isEmpty)
    }
}
