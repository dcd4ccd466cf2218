import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

/// The receivers that two nodes call. One of them does not respond until the test ends all attempts at it at once, whichever node
/// makes them; the others respond with 200.
private final class Receivers: Sendable {
    /// The node of each attempt that waits.
    let arrivals: AsyncStream<Int>
    /// The status with which all of them end.
    let end = AsyncSignal<Int>(.forever)
    private let feed: AsyncStream<Int>.Continuation
    private let held: String

    /// - Parameter url: of the receiver that does not respond.
    init(holding url: String) {
        held = url
        (arrivals, feed) = AsyncStream.makeStream()
    }

    func attempt(_ request: WebhookRequest, by node: Int, at now: Timestamp) async -> Delivery.Attempt {
        var status: Int? = 200
        if request.url.text == held {
            feed.yield(node)
            // Where the node stops, there is no response.
            status = try? await end.wait()
        }
        return Delivery.Attempt(at: now, duration: .zero, statusCode: status, error: nil, response: [])
    }
}

/// Sends the webhooks of one node.
private struct NodeSender: WebhookSending {
    let node: Int
    let receivers: Receivers
    let time: ManualClock

    func send(_ request: WebhookRequest) async -> Delivery.Attempt {
        await receivers.attempt(request, by: node, at: time.now())
    }
}

@Suite("Events of endpoints on several nodes", .timeLimit(.minutes(3)))
struct EndpointEventsOnNodesTests {
    private static let url = "http://127.0.0.1:9/registered"
    private static let watches = ["http://127.0.0.1:10/watch", "http://127.0.0.1:11/watch"]

    /// As many deliveries as one node may make to a URL at once, and as many more as make the endpoint fail: each node makes
    /// enough of them to find the endpoint failing by itself.
    private static let count =
        DeliverySlots(total: ServiceLimits.deliveriesInFlight)
        .room(for: DeliverySlots.Receiver(tenant: 1, destination: 1, endpoint: 1)) + EndpointHealth.failingCount

    /// Two nodes of one database.
    private func nodes(on engine: TestDatabase.Engine) async throws -> [TestInstallation] {
        let (database, time) = (try TestDatabase(on: engine), ManualClock())
        return [
            try await TestInstallation(time: time, opening: { try database.open(notifier: $0) }),
            try await TestInstallation(time: time, opening: { try database.open(notifier: $0) }),
        ]
    }

    /// How many deliveries to the endpoint are not finished.
    private func pending(_ node: TestInstallation) async throws -> Int {
        let health = try await node.webhooks.health(page: PageRequest(page: 1, perPage: 15), tenant: node.tenant)
        return try #require(health.urls.items.first { $0.url.text == Self.url }).pending
    }

    /// Runs a deliverer on each node. Once all deliveries to the endpoint are in flight, they end at the same time, and it waits
    /// until the nodes have recorded that.
    /// - Returns: how many attempts each node has made.
    private func deliver(_ nodes: [TestInstallation], endingWith status: Int) async throws -> [Int] {
        let receivers = Receivers(holding: Self.url)
        return try await withThrowingTaskGroup(of: [Int]?.self) { group in
            for (number, node) in nodes.enumerated() {
                let deliverer = WebhookDeliverer(
                    environment: node.environment,
                    sender: NodeSender(node: number, receivers: receivers, time: node.time), policy: DeliveryPolicy(),
                    servedOnLoopback: true, notifier: node.notifier, logger: node.logger)
                group.addTask {
                    try await deliverer.run()
                    return nil
                }
            }
            group.addTask {
                var made = nodes.map { _ in 0 }
                var arrivals = receivers.arrivals.makeAsyncIterator()
                for _ in 1...Self.count { made[try #require(await arrivals.next())] += 1 }
                receivers.end.send(status)
                while try await pending(nodes[0]) > 0 { await Task.yield() }
                return made
            }
            defer { group.cancelAll() }
            while let made = try await group.next() {
                if let made { return made }
            }
            return []
        }
    }

    /// The deliveries that report events of a type.
    private func reports(_ type: EndpointEventType, _ node: TestInstallation) async throws -> [DeliverySummary] {
        var filter = DeliveryFilter()
        filter.event = .endpoint(type)
        let wanted = filter
        return try await node.webhooks.deliveries(
            wanted, page: PageRequest(page: 1, perPage: 100), tenant: node.tenant
        ).items
    }

    @Test(
        "Two nodes whose attempts end at the same time report once that an endpoint fails, and once that it has recovered",
        arguments: TestDatabase.engines)
    func once(engine: TestDatabase.Engine) async throws {
        let nodes = try await nodes(on: engine)
        let first = nodes[0]
        _ = try await first.webhooks.createEndpoint(body: ["url": .string(Self.url)], tenant: first.tenant)
        for watch in Self.watches {
            _ = try await first.webhooks.createEndpoint(
                body: ["url": .string(watch), "events": ["endpoint.failing", "endpoint.recovered"]],
                tenant: first.tenant)
        }
        let order = try await first.order()
        for _ in 1...Self.count { _ = try await first.place(order) }
        // The next attempt at each is its last.
        for _ in 1...DeliveryPolicy.retries {
            try await first.endDueDeliveries(as: .retry(at: first.time.now() + .seconds(60)))
            first.time.advance(by: .seconds(60))
        }

        let failed = try await deliver(nodes, endingWith: 500)
        #expect(failed.allSatisfy { $0 >= EndpointHealth.failingCount }, "\(failed)")
        let failing = try await reports(.failing, first)
        #expect(failing.map(\.url.text).sorted() == Self.watches)
        #expect(Set(failing.map(\.eventID)).count == 1)
        #expect(try await reports(.recovered, first).isEmpty)

        let since = first.time.now() - .hours(1)
        #expect(try await nodes[1].webhooks.recover(since: since, tenant: first.tenant) == Self.count)
        let succeeded = try await deliver(nodes, endingWith: 200)
        #expect(succeeded.allSatisfy { $0 > 0 }, "\(succeeded)")
        let recovered = try await reports(.recovered, first)
        #expect(recovered.map(\.url.text).sorted() == Self.watches)
        #expect(Set(recovered.map(\.eventID)).count == 1)
        #expect(try await reports(.failing, first).map(\.id) == failing.map(\.id))
    }
}
