import NIOPosix
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@Suite("Slow receivers that delay no others", .timeLimit(.minutes(3)))
struct ReceiverIsolationTests {
    /// Receivers that hold a connection as long as possible, or close it early.
    private static let bad: [SocketReceiver.Behavior] = [
        .silent, .drip("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"),
        .drip("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "z", count: 10_000)), .close(""),
    ]

    @Test("A healthy receiver gets every event in order while slow, dead and faulty ones delay only theirs")
    func isolation() async throws {
        let installation = try await TestInstallation()
        let sender = WebhookSender(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, time: installation.time)
        let deliverer = WebhookDeliverer(
            environment: installation.environment, sender: sender, policy: DeliveryPolicy(), servedOnLoopback: true,
            notifier: installation.notifier, logger: installation.logger)
        let healthy = try await SocketReceiver(SocketReceiver.ok)
        var bad: [SocketReceiver] = []
        for behavior in Self.bad { bad.append(try await SocketReceiver(behavior)) }
        let body = try await installation.order(webhookURLs: bad.map { $0.url() } + [healthy.url()])
        var orders: [OrderID] = []
        for _ in 1...30 {
            let order = try await installation.place(body)
            _ = try await installation.controls.advance(
                order, to: .delivered, tenant: installation.tenant)
            orders.append(order)
        }
        // Interrupted ones would be tried again in a minute, which does not pass: the test's clock is stopped.
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await deliverer.run() }
            var sequences: [String: [Int64]] = [:]
            var requests = healthy.requests.makeAsyncIterator()
            for _ in 1...(30 * 5) {
                let request = try #require(await requests.next())
                let payload = try JSON.parse(Array(request.split(separator: "\r\n\r\n")[1].utf8))
                let order = try #require(payload["order"]?["uuid"]?.text)
                sequences[order, default: []].append(try #require(payload["sequence"]?.wholeNumber))
            }
            #expect(Set(sequences.keys) == Set(orders.map(\.description)))
            #expect(sequences.values.allSatisfy { $0 == [1, 2, 3, 4, 5] })
            // None of the slow ones' attempts is over yet.
            #expect(bad[0].connections >= 2)
            let health = try await installation.webhooks.health(
                page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant
            ).urls.items
            for receiver in bad {
                let found = try #require(health.first { $0["url"]?.text == receiver.url() })
                #expect(found["pending"] == 150)
                #expect(found["last_success_at"] == .null)
            }
            group.cancelAll()
        }
        await sender.shutdown()
    }
}
