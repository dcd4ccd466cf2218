import NIOPosix
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@Suite("Deliveries while other names never resolve", .timeLimit(.minutes(3)))
struct StuckNameDeliveryTests {
    /// Every delivery of a tenant.
    private static func deliveries(
        _ installation: TestInstallation, of tenant: Tenant
    ) async throws -> [DeliverySummary] {
        try await installation.webhooks.deliveries(
            DeliveryFilter(), page: PageRequest(page: 1, perPage: 100), tenant: tenant
        ).items
    }

    /// Whether a delivery is due after a delay from the end of an attempt, which took some time itself.
    private static func isDue(_ delivery: DeliverySummary, after delay: Duration, from start: Timestamp) -> Bool {
        guard let due = delivery["next_attempt_at"]?.text.flatMap(Timestamp.init) else { return false }
        return start + delay <= due && due < start + delay + DeliveryPolicy.timeout
    }

    /// Reads a tenant's deliveries until they meet a condition.
    private static func wait(
        _ installation: TestInstallation, of tenant: Tenant, until isReached: ([DeliverySummary]) -> Bool
    ) async throws {
        while try await !isReached(deliveries(installation, of: tenant)) { await Task.yield() }
    }

    @Test("Another tenant's webhooks are sent; those that waited for a thread are postponed without counting")
    func isolation() async throws {
        let installation = try await TestInstallation()
        let names = StuckNames()
        defer { names.release() }
        let sender = WebhookSender(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            resolver: names.resolver(timeout: .milliseconds(500)),
            time: installation.time)
        let deliverer = WebhookDeliverer(
            environment: installation.environment, sender: sender, policy: DeliveryPolicy(), servedOnLoopback: true,
            notifier: installation.notifier, logger: installation.logger)
        let receiver = try await SocketReceiver(SocketReceiver.ok)
        let other = try await installation.addTenant("other")
        for order in 0..<10 {
            let hosts = (0..<5).map { "http://n\(order)-\($0).stuck.example:\(receiver.port)/hook" }
            _ = try await installation.place(as: installation.tenant, webhookURLs: hosts)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await deliverer.run() }
            while names.held.count < 6 { await Task.yield() }
            for order in 0..<5 {
                _ = try await installation.place(
                    as: other, webhookURLs: ["http://good\(order).example:\(receiver.port)/hook"])
            }
            try await Self.wait(installation, of: other) {
                $0.count == 5 && $0.allSatisfy { $0["status"] == "succeeded" }
            }
            #expect(receiver.requestsSeen == 5)

            // Six had a thread and their chance: that is the names' failure. The others had neither.
            let now = installation.time.now()
            try await Self.wait(installation, of: installation.tenant) { deliveries in
                deliveries.count { Self.isDue($0, after: .seconds(60), from: now) } == 6
                    && deliveries.count { Self.isDue($0, after: DeliveryPolicy.deferral, from: now) } == 44
            }
            let all = try await Self.deliveries(installation, of: installation.tenant)
            #expect(all.count { $0["attempts"] == 1 && Self.isDue($0, after: .seconds(60), from: now) } == 6)
            #expect(
                all.count { $0["attempts"] == 0 && Self.isDue($0, after: DeliveryPolicy.deferral, from: now) } == 44)
            #expect(all.allSatisfy { $0["status"] == "pending" })
            #expect(names.held.count == 6)

            names.release()
            installation.time.advance(by: DeliveryPolicy.deferral + DeliveryPolicy.timeout)
            try await Self.wait(installation, of: installation.tenant) {
                $0.count { $0["status"] == "succeeded" && $0["attempts"] == 1 } == 44
            }
            group.cancelAll()
        }
        await sender.shutdown()
    }

    @Test("A test webhook reports that its name could not be looked up, and the cause")
    func tests() async throws {
        let names = StuckNames()
        defer { names.release() }
        let sender = WebhookSender(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            resolver: names.resolver(timeout: .milliseconds(300)),
            time: ManualClock(Timestamp(milliseconds: 0)))
        let installation = try await TestInstallation(sender: sender)
        try await withThrowingTaskGroup(of: String?.self) { group in
            for name in 0..<12 {
                group.addTask {
                    try await installation.webhooks.test(
                        body: ["url": .string("http://n\(name).stuck.example/")], tenant: installation.tenant)["error"]?
                        .text
                }
            }
            var errors: [String: Int] = [:]
            for try await error in group { errors[error ?? "", default: 0] += 1 }
            #expect(
                errors == [
                    "looking up the name timed out": 6, "the server has no room to look up the name now": 6,
                ])
        }
        await sender.shutdown()
    }
}
