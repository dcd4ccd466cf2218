internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore
internal import PharmacyTestSupport

/// Measures webhooks delivered per second, each claimed and recorded in the store, and compares them with the rate of the
/// HTTP client alone, which posts the same bodies to the same receivers and stores nothing.
///
/// Then measures how long healthy receivers wait behind a backlog for one that never responds, and the memory it costs.
///
/// Environment: ORDERS (10000), URLS (5), ROUNDS (3), BACKLOG (1000000).
@main
struct WebhookBenchmark {
    let orders: Int
    let urls: Int
    let rounds: Int
    let backlog: Int

    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        func number(_ name: String, _ standard: Int) -> Int { environment[name].flatMap { Int($0) } ?? standard }
        try await WebhookBenchmark(
            orders: number("ORDERS", 10_000), urls: number("URLS", 5), rounds: number("ROUNDS", 3),
            backlog: number("BACKLOG", 1_000_000)
        ).run()
    }

    private func run() async throws {
        let receivers = try await Receivers(count: urls)
        print("\(orders) orders, \(urls) URLs, \(rounds) rounds; deliveries each second")
        var alone: [Rate] = []
        var delivered: [Rate] = []
        for round in 1...rounds {
            let installation = try await installation(receivers)
            let bodies = try await bodies(installation)
            alone.append(try await postAlone(bodies, to: receivers))
            delivered.append(try await deliver(installation, to: receivers))
            print(
                "round \(round): the client alone \(alone[round - 1]), delivered \(delivered[round - 1]),",
                "\(Process.residentMegabytes) MB resident")
        }
        let (client, server) = (median(alone), median(delivered))
        print(
            "median: the client alone \(client), delivered \(server),",
            "ratio \(String(format: "%.2f", server.eachSecond / client.eachSecond))")
        try await runBehindBacklog(receivers)
    }

    /// Delivers the same orders with and without a backlog for a receiver that accepts connections and never responds.
    private func runBehindBacklog(_ receivers: Receivers) async throws {
        print("with \(backlog) deliveries due to a receiver that never responds:")
        let silent = try await SilentReceiver()
        let installation = try await TestInstallation()
        let order = try await installation.order(webhookURLs: [silent.url])
        _ = try await installation.place(order)
        let backlog = Int64(backlog)
        try await installation.environment.store.systemWrite { scope in
            _ = try scope.db.run(
                """
                INSERT INTO webhook_deliveries (tenant_id, uuid, order_id, event_id, endpoint_id, status, due_at,
                    created_at)
                WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
                SELECT d.tenant_id, 'backlog-' || n, d.order_id, d.event_id, d.endpoint_id, \(DeliveryState.ready), d.due_at,
                    d.created_at
                FROM numbers JOIN webhook_deliveries d ON d.id = 1
                """, [.integer(backlog)])
        }
        let healthy = try await installation.order(webhookURLs: receivers.urls)
        try await inParallel(orders) { _ in _ = try await installation.place(healthy) }
        let before = Process.residentMegabytes
        let rate = try await deliver(installation, to: receivers, untilRecorded: false)
        print(
            "delivered \(rate) each second to the others; \(before) MB resident before,",
            "\(Process.residentMegabytes) MB after")
    }

    private func median(_ rates: [Rate]) -> Rate {
        rates.sorted { $0.eachSecond < $1.eachSecond }[rates.count / 2]
    }

    /// An installation with undelivered events of its orders for the receivers.
    private func installation(_ receivers: Receivers) async throws -> TestInstallation {
        let installation = try await TestInstallation()
        let order = try await installation.order(webhookURLs: receivers.urls)
        try await inParallel(orders) { _ in _ = try await installation.place(order) }
        return installation
    }

    /// The body of each delivery.
    private func bodies(_ installation: TestInstallation) async throws -> [[UInt8]] {
        var bodies: [[UInt8]] = []
        var cursor: EventCursor?
        while true {
            let page = try await installation.webhooks.events(after: cursor, limit: 100, tenant: installation.tenant)
            for payload in page.payloads { bodies += [[UInt8]](repeating: payload.bytes, count: urls) }
            cursor = page.next
            if !page.hasMore { return bodies }
        }
    }

    /// Posts the bodies with as many requests in flight as there would be deliveries.
    private func postAlone(_ bodies: [[UInt8]], to receivers: Receivers) async throws -> Rate {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = ServiceLimits.deliveriesInFlight
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration)
        let signer = WebhookSigner(secret: "whsec_" + String(repeating: "A", count: 43) + "=")
        let id = EventID(UUID().uuidString.lowercased())
        guard let signer, let id else { throw BenchmarkFailure.setUp }
        let watch = Stopwatch()
        try await inParallel(bodies.count) { index in
            var request = HTTPClientRequest(url: receivers.urls[index % receivers.urls.count])
            request.method = .POST
            let headers = signer.headers(
                eventID: id, type: .order(.created), sentAt: Timestamp(milliseconds: 1_766_423_701_000),
                body: bodies[index])
            for header in headers { request.headers.add(name: header.name, value: header.value) }
            request.body = .bytes(bodies[index])
            let response = try await client.execute(request, timeout: .seconds(10))
            for try await _ in response.body {}
        }
        let rate = watch.rate(of: bodies.count)
        try await client.shutdown()
        return rate
    }

    /// - Parameter untilRecorded: waits until no delivery is pending, not only until the last one has arrived.
    private func deliver(
        _ installation: TestInstallation, to receivers: Receivers, untilRecorded: Bool = true
    ) async throws -> Rate {
        let sender = WebhookSender(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, time: installation.time)
        let deliverer = WebhookDeliverer(
            environment: installation.environment, sender: sender, policy: DeliveryPolicy(), servedOnLoopback: true,
            notifier: installation.notifier, logger: installation.logger)
        let clock = ContinuousClock()
        let watch = Stopwatch()
        let awaited = receivers.requests + orders * urls
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await deliverer.run() }
            // Counting pending deliveries costs time in the store, so it starts when all have arrived.
            while receivers.requests < awaited { try await clock.sleep(for: .milliseconds(5)) }
            while untilRecorded, try await pending(installation) > 0 { try await clock.sleep(for: .milliseconds(5)) }
            group.cancelAll()
        }
        let rate = watch.rate(of: orders * urls)
        await sender.shutdown()
        await installation.close()
        return rate
    }

    private func pending(_ installation: TestInstallation) async throws -> Int {
        let health = try await installation.webhooks.health(
            page: PageRequest(page: 1, perPage: 100), tenant: installation.tenant)
        return health.urls.items.reduce(0) { $0 + Int($1["pending"]?.wholeNumber ?? 0) }
    }

    /// Runs `work` for each index, a hundred at a time.
    private func inParallel(_ count: Int, _ work: @escaping @Sendable (Int) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<count {
                if index >= 100 { try await group.next() }
                group.addTask { try await work(index) }
            }
            try await group.waitForAll()
        }
    }
}

private enum BenchmarkFailure: Error {
    case setUp
}

/// A rate and its cost.
private struct Rate: CustomStringConvertible {
    let eachSecond: Double
    /// CPU time of all threads of this process, including the receivers'.
    let processorMicroseconds: Double

    var description: String { "\(Int(eachSecond)) (\(Int(processorMicroseconds)) µs of processor each)" }
}

private struct Stopwatch {
    private let start = ContinuousClock.now
    private let processor = Process.processorSeconds

    func rate(of count: Int) -> Rate {
        let span = ContinuousClock.now - start
        let seconds = Double(span.components.seconds) + Double(span.components.attoseconds) / 1e18
        return Rate(
            eachSecond: Double(count) / seconds,
            processorMicroseconds: (Process.processorSeconds - processor) * 1e6 / Double(count))
    }
}

private enum Process {
    /// CPU time of all threads, in user and system mode.
    static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Memory of this process, including the receivers and the client.
    static var residentMegabytes: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").dropLast().last.flatMap { Int($0) } ?? 0) / 1024
    }
}
