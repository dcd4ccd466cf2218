import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Synchronization
import Testing

/// A receiver that answers as told and remembers when it was called with what.
private final class FakeSender: WebhookSending {
    let calls: AsyncStream<(at: Timestamp, event: String)>
    private let feed: AsyncStream<(at: Timestamp, event: String)>.Continuation
    private let time: ManualTime
    private let status: Int

    init(time: ManualTime, status: Int) {
        self.time = time
        self.status = status
        (calls, feed) = AsyncStream.makeStream()
    }

    func send(_ request: WebhookRequest) async -> Delivery.Attempt {
        let now = time.now()
        feed.yield((now, request.headers.first { $0.name == "X-Webhook-Event" }?.value ?? ""))
        return Delivery.Attempt(at: now, duration: .zero, statusCode: status, error: nil, answer: [])
    }
}

@Suite("Webhook delivery", .timeLimit(.minutes(1)))
struct WebhookDelivererTests {
    /// Runs the deliverer and lets time pass as fast as it can, for the extent of `body`.
    private func running(
        _ installation: TestInstallation, _ sender: FakeSender, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let deliverer = WebhookDeliverer(
            environment: installation.environment, sender: sender, policy: DeliveryPolicy(), servedOnLoopback: true,
            bells: installation.bells, logger: installation.logger)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await deliverer.run()
                return false
            }
            group.addTask {
                while !Task.isCancelled { await installation.time.advanceToNextSleeper() }
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

    @Test("A delivery that fails is tried three times more, a minute apart, then kept as failed")
    func retries() async throws {
        let installation = try await TestInstallation()
        let sender = FakeSender(time: installation.time, status: 500)
        let order = try await installation.place(try await installation.order(webhookURLs: ["http://127.0.0.1/a"]))
        try await running(installation, sender) {
            var times: [Timestamp] = []
            for await call in sender.calls {
                times.append(call.at)
                if times.count == 4 { break }
            }
            for (earlier, later) in zip(times, times.dropFirst()) { #expect(later.since(earlier) >= .seconds(60)) }
            var filter = DeliveryFilter()
            filter.orderID = order
            // The end of the last attempt is written after it was made.
            var delivery: JSON?
            while delivery?["status"] != "failed" {
                delivery = try await installation.webhooks.deliveries(
                    filter, page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant
                ).items.first
                await Task.yield()
            }
            #expect(delivery?["attempts"] == 4)
        }
    }

    @Test("Events of one order reach one URL in their order")
    func order() async throws {
        let installation = try await TestInstallation()
        let sender = FakeSender(time: installation.time, status: 200)
        let id = try await installation.place(try await installation.order(webhookURLs: ["http://127.0.0.1/a"]))
        _ = try await installation.controls.advance(id, body: ["status": "delivered"], tenant: installation.tenant)
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
