import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Synchronization
import Testing

/// A receiver with scripted responses that records its requests and their times.
private final class FakeSender: WebhookSending {
    let calls: AsyncStream<(at: Timestamp, event: String)>
    private let feed: AsyncStream<(at: Timestamp, event: String)>.Continuation
    private let time: ManualClock
    private let status: Int

    init(time: ManualClock, status: Int) {
        self.time = time
        self.status = status
        (calls, feed) = AsyncStream.makeStream()
    }

    func send(_ request: WebhookRequest) async -> Delivery.Attempt {
        let now = time.now()
        feed.yield((now, request.headers.first { $0.name == "X-Webhook-Event" }?.value ?? ""))
        return Delivery.Attempt(at: now, duration: .zero, statusCode: status, error: nil, response: [])
    }
}

@Suite("Webhook delivery", .timeLimit(.minutes(3)))
struct WebhookDelivererTests {
    /// Runs the deliverer for the extent of `body`. Only `body` advances the time. Otherwise a claim could expire before its
    /// attempt ends.
    private func running(
        _ installation: TestInstallation, _ sender: FakeSender, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let deliverer = WebhookDeliverer(
            environment: installation.environment, sender: sender, policy: DeliveryPolicy(), servedOnLoopback: true,
            notifier: installation.notifier, logger: installation.logger)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await deliverer.run()
                return false
            }
            group.addTask {
                try await body()
                return true
            }
            while let isDone = try await group.next(), !isDone {}
            group.cancelAll()
        }
    }

    @Test("A delivery that fails is retried three times, a minute apart, and then stored as failed")
    func retries() async throws {
        let installation = try await TestInstallation()
        let sender = FakeSender(time: installation.time, status: 500)
        let order = try await installation.place(try await installation.order(webhookURLs: ["http://127.0.0.1/a"]))
        var filter = DeliveryFilter()
        filter.orderID = order
        let wanted = filter
        try await running(installation, sender) {
            func delivery(attempts: Int) async throws -> DeliverySummary {
                // The end of an attempt is written after it was made.
                while true {
                    let listed = try await installation.webhooks.deliveries(
                        wanted, page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant
                    ).items.first
                    if let listed, listed["attempts"] == JSON(attempts) { return listed }
                    await Task.yield()
                }
            }
            var calls = sender.calls.makeAsyncIterator()
            for attempt in 1...4 {
                let call = try #require(await calls.next())
                #expect(call.at == installation.time.now())
                let stored = try await delivery(attempts: attempt)
                #expect(stored["status"]?.text == (attempt < 4 ? "pending" : "failed"))
                guard attempt < 4 else { break }
                #expect(stored["next_attempt_at"] == JSON(call.at + .seconds(60)))
                installation.time.advance(by: .seconds(60))
            }
        }
    }

    @Test("Events of one order reach one URL in their order")
    func order() async throws {
        let installation = try await TestInstallation()
        let sender = FakeSender(time: installation.time, status: 200)
        let id = try await installation.place(try await installation.order(webhookURLs: ["http://127.0.0.1/a"]))
        _ = try await installation.controls.advance(id, to: .delivered, tenant: installation.tenant)
        try await running(installation, sender) {
            var events: [String] = []
            for await call in sender.calls {
                events.append(call.event)
                if events.count == 5 { break }
            }
            #expect(
                events == [
                    "order.created", "order.confirmed", "order.processing", "order.shipped", "order.delivered",
                ])
        }
    }
}
