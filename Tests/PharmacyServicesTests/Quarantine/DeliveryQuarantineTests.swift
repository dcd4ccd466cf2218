import Logging
import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

/// A receiver that accepts everything and reports the path of each request.
private final class WillingReceiver: WebhookSending {
    let calls: AsyncStream<String>
    let count = Mutex(0)
    private let feed: AsyncStream<String>.Continuation
    private let time: ManualClock

    init(time: ManualClock) {
        self.time = time
        (calls, feed) = AsyncStream.makeStream()
    }

    func send(_ request: WebhookRequest) async -> Delivery.Attempt {
        count.withLock { $0 += 1 }
        feed.yield(request.url.text)
        return Delivery.Attempt(at: time.now(), duration: .zero, statusCode: 200, error: nil, response: [])
    }
}

/// A clock that advances by 15 seconds after it is read once, as for a process that was stopped in between.
private final class StoppedOnce: ServerClock {
    private let base: ManualClock
    private let reads = Mutex(0)

    init(_ base: ManualClock) {
        self.base = base
    }

    func now() -> Timestamp { base.now() }

    func elapsed() -> Duration {
        let isFirst = reads.withLock { reads in
            defer { reads += 1 }
            return reads == 0
        }
        return base.elapsed() + (isFirst ? .zero : .seconds(15))
    }

    func sleep(for span: Duration) async throws { try await base.sleep(for: span) }

    func sleep(until moment: Timestamp, atMost limit: Duration) async throws {
        try await base.sleep(until: moment, atMost: limit)
    }
}

@Suite("Webhooks that cannot be sent", .timeLimit(.minutes(3)))
struct DeliveryQuarantineTests {
    /// Runs the deliverer for the extent of `body`.
    private func running(
        _ installation: TestInstallation, _ receiver: WillingReceiver, time: (any ServerClock)? = nil,
        logger: Logger? = nil, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let environment = time.map {
            ServiceEnvironment(store: installation.environment.store, time: $0, entropy: .system)
        }
        let deliverer = WebhookDeliverer(
            environment: environment ?? installation.environment, sender: receiver, policy: DeliveryPolicy(),
            servedOnLoopback: true, notifier: installation.notifier, logger: logger ?? installation.logger)
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

    private static func next(_ count: Int, of receiver: WillingReceiver) async -> Set<String> {
        var urls: Set<String> = []
        for await url in receiver.calls {
            urls.insert(url)
            if urls.count == count { break }
        }
        return urls
    }

    @Test(
        "An unreadable URL or secret delays no other; repaired and retried, it is served",
        arguments: [
            (
                "endpoint", "SELECT url FROM webhook_endpoints WHERE id = $1",
                "UPDATE webhook_endpoints SET url = $1 WHERE id = $2"
            ),
            (
                "webhook-secret", "SELECT webhook_secret FROM tenants WHERE id = $1",
                "UPDATE tenants SET webhook_secret = $1 WHERE id = $2"
            ),
        ] as [(String, SQL, SQL)])
    func sources(work: String, read: SQL, write: SQL) async throws {
        let log = LogRecorder()
        let installation = try await TestInstallation(logger: log.logger)
        let other = try await installation.addTenant("other")
        _ = try await installation.place(as: installation.tenant, webhookURLs: ["http://127.0.0.1:9/poisoned"])
        _ = try await installation.place(as: other, webhookURLs: ["http://127.0.0.1:9/good"])
        let heal = try await installation.poison(read, write, id: 1)
        let receiver = WillingReceiver(time: installation.time)
        try await running(installation, receiver) {
            #expect(await Self.next(1, of: receiver) == ["http://127.0.0.1:9/good"])
            for await line in log.arrivals where line.hasPrefix("a record cannot be processed") { break }
            let items = try await installation.operations.quarantinedItems(ofTenant: nil)
            #expect(items.map { $0["work"]?.text } == [work])
            try await heal()
            _ = try await installation.operations.retryQuarantined([], ofTenant: nil)
            // The claims on it expire.
            installation.time.advance(by: ServiceLimits.deliveryLease)
            #expect(await Self.next(1, of: receiver) == ["http://127.0.0.1:9/poisoned"])
            for await line in log.arrivals where line.hasPrefix("a record is processed again") { break }
        }
        #expect(try await installation.quarantined().isEmpty)
        #expect(log.count(.warning, "a record cannot be processed") == 1)
    }

    @Test("A webhook with an unreadable event fails at once, and is sent after repair and retry")
    func event() async throws {
        let log = LogRecorder()
        let installation = try await TestInstallation(logger: log.logger)
        _ = try await installation.place(as: installation.tenant, webhookURLs: ["http://127.0.0.1:9/poisoned"])
        _ = try await installation.place(as: installation.tenant, webhookURLs: ["http://127.0.0.1:9/good"])
        let heal = try await installation.poison(
            "SELECT payload FROM order_events WHERE id = $1", "UPDATE order_events SET payload = $1 WHERE id = $2",
            id: 1)
        let receiver = WillingReceiver(time: installation.time)
        try await running(installation, receiver) {
            #expect(await Self.next(1, of: receiver) == ["http://127.0.0.1:9/good"])
            for await line in log.arrivals where line.hasPrefix("a record cannot be processed") { break }
            let items = try await installation.operations.quarantinedItems(ofTenant: nil)
            #expect(items.map { $0["work"]?.text } == ["delivery"])
            #expect(items.first?["next_try_at"] == .null)
            try await heal()
            _ = try await installation.operations.retryQuarantined([], ofTenant: nil)
            #expect(await Self.next(1, of: receiver) == ["http://127.0.0.1:9/poisoned"])
        }
        #expect(try await installation.quarantined().isEmpty)
        #expect(log.count(.error, "a record cannot be processed") == 1)
    }

    @Test("A tenant whose records cannot be decrypted does not delay other tenants' webhooks")
    func tenant() async throws {
        let log = LogRecorder()
        let installation = try await TestInstallation(logger: log.logger)
        let other = try await installation.addTenant("other")
        _ = try await installation.place(as: installation.tenant, webhookURLs: ["http://127.0.0.1:9/poisoned"])
        _ = try await installation.place(as: other, webhookURLs: ["http://127.0.0.1:9/good"])
        let heal = try await installation.poisonKey(of: installation.tenant)
        let receiver = WillingReceiver(time: installation.time)
        try await running(installation, receiver) {
            #expect(await Self.next(1, of: receiver) == ["http://127.0.0.1:9/good"])
            for await line in log.arrivals where line.hasPrefix("a record cannot be processed") { break }
            #expect(try await installation.quarantined() == ["tenant "])
            try await heal()
            installation.time.advance(by: QuarantinePolicy.firstWait)
            #expect(await Self.next(1, of: receiver) == ["http://127.0.0.1:9/poisoned"])
        }
        #expect(log.count(.error, "webhook delivery failed") == 0)
    }

    @Test("A process that was stopped between claim and attempt sends nothing under the expired claim")
    func stopped() async throws {
        let log = LogRecorder()
        let installation = try await TestInstallation()
        _ = try await installation.place(as: installation.tenant, webhookURLs: ["http://127.0.0.1:9/late"])
        let receiver = WillingReceiver(time: installation.time)
        try await running(
            installation, receiver, time: StoppedOnce(installation.time), logger: log.logger
        ) {
            for await line in log.arrivals where line.hasPrefix("a claim on a webhook delivery was lost") { break }
            #expect(receiver.count.withLock(\.self) == 0)
            installation.time.advance(by: ServiceLimits.deliveryLease)
            #expect(await Self.next(1, of: receiver) == ["http://127.0.0.1:9/late"])
            #expect(receiver.count.withLock(\.self) == 1)
        }
        #expect(log.count(.notice, "a claim on a webhook delivery was lost") == 1)
    }
}
