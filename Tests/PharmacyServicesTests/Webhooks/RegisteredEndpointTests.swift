import Crypto
import Foundation
import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

/// A receiver that responds with one status and passes each request on with its time.
private final class Receiver: WebhookSending {
    let requests: AsyncStream<(at: Timestamp, request: WebhookRequest)>
    private let feed: AsyncStream<(at: Timestamp, request: WebhookRequest)>.Continuation
    private let time: ManualClock
    private let status: Int

    init(time: ManualClock, status: Int) {
        self.time = time
        self.status = status
        (requests, feed) = AsyncStream.makeStream()
    }

    func send(_ request: WebhookRequest) async -> Delivery.Attempt {
        let now = time.now()
        feed.yield((now, request))
        return Delivery.Attempt(at: now, duration: .zero, statusCode: status, error: nil, response: [])
    }
}

@Suite("Registered webhook endpoints", .timeLimit(.minutes(3)))
struct RegisteredEndpointTests {
    private static let url = "http://127.0.0.1:9/registered"
    private static let page = PageRequest(page: 1, perPage: 100)

    private func register(
        _ installation: TestInstallation, _ members: [JSON.Member] = [], at url: String = url
    ) async throws -> NewEndpoint {
        try await installation.webhooks.createEndpoint(
            body: .object([JSON.Member("url", .string(url))] + members), tenant: installation.tenant
        ).value
    }

    private func deliveries(_ installation: TestInstallation, to url: String) async throws -> [DeliverySummary] {
        try await installation.webhooks.deliveries(DeliveryFilter(), page: Self.page, tenant: installation.tenant)
            .items.filter { $0.url.text == url }
    }

    /// Runs the deliverer for the extent of `body`, which alone advances the time.
    private func running(
        _ installation: TestInstallation, _ receiver: Receiver, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let deliverer = WebhookDeliverer(
            environment: installation.environment, sender: receiver, policy: DeliveryPolicy(), servedOnLoopback: true,
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

    // MARK: Configuration

    @Test("A creation that is repeated with its key shows the same secret, and makes no second endpoint")
    func idempotency() async throws {
        let installation = try await TestInstallation()
        let request = IdempotencyRequest(key: "k", operation: "POST webhooks/endpoints", body: [1])
        let body: JSON = ["url": .string(Self.url), "events": ["order.shipped"], "description": "Reports"]
        let first = try await installation.webhooks.createEndpoint(
            body: body, tenant: installation.tenant, idempotency: request)
        let again = try await installation.webhooks.createEndpoint(
            body: body, tenant: installation.tenant, idempotency: request)
        #expect(!first.isReplay && again.isReplay)
        #expect(first.value.secret == again.value.secret && first.value.secret.hasPrefix("whsec_"))
        #expect(first.value.endpoint.json == again.value.endpoint.json)
        #expect(try await installation.webhooks.endpoints(tenant: installation.tenant).count == 1)
        let id = first.value.endpoint.id.description
        #expect(try await installation.audited(.endpointCreated) == [[id]])
        #expect(try await installation.audited(.endpointReplayed) == [[id]])
    }

    @Test("A tenant has at most 20 endpoints, and one at each URL")
    func limits() async throws {
        let installation = try await TestInstallation()
        var ids: [EndpointID] = []
        for number in 1...EndpointRules.limit {
            ids.append(try await register(installation, at: "\(Self.url)/\(number)").endpoint.id)
        }
        func refusal(_ work: () async throws -> Void) async -> ValidationErrors? {
            let error = await #expect(throws: ServiceError.self) { try await work() }
            guard case .invalid(let errors) = error else { return nil }
            return errors
        }
        let full = await refusal { _ = try await register(installation) }
        #expect(full?.code == "endpoint_limit_reached")
        let (first, second) = (try #require(ids.first), ids[1])
        let taken = await refusal {
            try await installation.webhooks.updateEndpoint(
                first, body: ["url": .string("\(Self.url)/2")], tenant: installation.tenant)
        }
        #expect(taken?["url"].count == 1 && taken?.code == nil)
        try await installation.webhooks.deleteEndpoint(second, tenant: installation.tenant)
        let moved = try await installation.webhooks.updateEndpoint(
            first, body: ["url": .string("\(Self.url)/2")], tenant: installation.tenant)
        #expect(moved.details.url.text == "\(Self.url)/2")
        #expect(try await register(installation).endpoint.details.retrySchedule == .standard)
    }

    @Test("Another tenant's endpoint is not found by any verb")
    func isolation() async throws {
        let installation = try await TestInstallation()
        let operations = OperatorService(
            environment: installation.environment, setupTokens: SetupTokens(fixed: nil), wipeEvery: .hours(24))
        _ = try await operations.createTenant(named: "other", kind: .sandbox)
        let other = try #require(try await installation.accounts.tenant(named: "other"))
        let endpoint = try await register(installation).endpoint
        let (webhooks, id) = (installation.webhooks, endpoint.id)
        #expect(try await webhooks.endpoints(tenant: other).isEmpty)
        let verbs: [@Sendable () async throws -> Void] = [
            { _ = try await webhooks.endpoint(id, tenant: other) },
            { _ = try await webhooks.updateEndpoint(id, body: ["paused": true], tenant: other) },
            { _ = try await webhooks.deleteEndpoint(id, tenant: other) },
            { _ = try await webhooks.rotateSecret(of: id, tenant: other, idempotency: nil) },
        ]
        for verb in verbs { await #expect(throws: ServiceError.notFound) { try await verb() } }
        #expect(try await webhooks.endpoint(id, tenant: installation.tenant) == endpoint)
    }

    @Test("A wipe of the sandbox removes its endpoints, like the webhook secret")
    func wipe() async throws {
        let installation = try await TestInstallation()
        _ = try await register(installation)
        _ = try await installation.place(try await installation.order())
        try await installation.controls.wipe(installation.tenant)
        #expect(try await installation.webhooks.endpoints(tenant: installation.tenant).isEmpty)
        _ = try await installation.place(try await installation.order())
        #expect(try await deliveries(installation, to: Self.url).isEmpty)
    }

    // MARK: Delivery

    @Test("The extended schedule retries 12 times, each time after twice the pause")
    func extended() async throws {
        let installation = try await TestInstallation()
        _ = try await register(installation, [JSON.Member("retry_schedule", "extended")])
        _ = try await installation.place(try await installation.order())
        let receiver = Receiver(time: installation.time, status: 500)
        try await running(installation, receiver) {
            func delivery(attempts: Int) async throws -> DeliverySummary {
                // The end of an attempt is written after it was made.
                while true {
                    let listed = try await deliveries(installation, to: Self.url).first
                    if let listed, listed.attempts == attempts { return listed }
                    await Task.yield()
                }
            }
            var arrivals = receiver.requests.makeAsyncIterator()
            for attempt in 1...13 {
                let arrival = try #require(await arrivals.next())
                #expect(arrival.at == installation.time.now())
                let stored = try await delivery(attempts: attempt)
                #expect(stored.status == (attempt < 13 ? .pending : .failed))
                guard attempt < 13 else { break }
                let pause = Duration.seconds(60 << (attempt - 1))
                #expect(stored.nextAttemptAt == arrival.at + pause)
                installation.time.advance(by: pause)
            }
        }
    }

    @Test("Webhooks are signed with the endpoint's secret, and during its rotation with both")
    func signatures() async throws {
        let installation = try await TestInstallation()
        let created = try await register(installation)
        let rotated = try await installation.webhooks.rotateSecret(
            of: created.endpoint.id, tenant: installation.tenant, idempotency: nil
        ).value
        // An order that names the URL itself makes no second delivery.
        _ = try await installation.place(try await installation.order(webhookURLs: [Self.url]))
        #expect(try await deliveries(installation, to: Self.url).count == 1)
        let receiver = Receiver(time: installation.time, status: 200)
        try await running(installation, receiver) {
            var arrivals = receiver.requests.makeAsyncIterator()
            let request = try #require(await arrivals.next()).request
            let headers = Dictionary(request.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
            func standard(_ secret: String) throws -> String {
                let key = try #require(Data(base64Encoded: String(secret.dropFirst("whsec_".count))))
                let signed = "\(headers["webhook-id"] ?? "").\(headers["webhook-timestamp"] ?? "")."
                let code = HMAC<SHA256>.authenticationCode(
                    for: Data(signed.utf8) + request.body, using: SymmetricKey(data: key))
                return "v1," + Data(code).base64EncodedString()
            }
            let guides = HMAC<SHA256>.authenticationCode(
                for: request.body, using: SymmetricKey(data: Data(created.secret.utf8)))
            #expect(headers["X-Webhook-Signature"] == Hexadecimal.text(guides))
            #expect(
                headers["webhook-signature"] == (try standard(created.secret)) + " " + (try standard(rotated.secret)))
        }
    }

    @Test("A rotation's key belongs to its endpoint: with another's, it rotates that one")
    func rotationKeys() async throws {
        let installation = try await TestInstallation()
        let request = IdempotencyRequest(
            key: "k", operation: "POST webhooks/endpoints/{uuid}/secret/rotate", body: [])
        let (webhooks, tenant) = (installation.webhooks, installation.tenant)
        let first = try await register(installation).endpoint.id
        let second = try await register(installation, at: "\(Self.url)/2").endpoint.id
        let rotated = try await webhooks.rotateSecret(of: first, tenant: tenant, idempotency: request)
        let again = try await webhooks.rotateSecret(of: first, tenant: tenant, idempotency: request)
        let other = try await webhooks.rotateSecret(of: second, tenant: tenant, idempotency: request)
        #expect(again.isReplay && again.value == rotated.value)
        #expect(!other.isReplay && other.value.secret != rotated.value.secret)
    }

    @Test("A test event to a registered URL is signed with the endpoint's secret")
    func testEvent() async throws {
        let time = ManualClock()
        let receiver = Receiver(time: time, status: 200)
        let installation = try await TestInstallation(sender: receiver, time: time)
        let created = try await register(installation)
        _ = try await installation.webhooks.test(body: ["url": .string(Self.url)], tenant: installation.tenant)
        var arrivals = receiver.requests.makeAsyncIterator()
        let request = try #require(await arrivals.next()).request
        let code = HMAC<SHA256>.authenticationCode(
            for: request.body, using: SymmetricKey(data: Data(created.secret.utf8)))
        #expect(request.headers.first { $0.name == "X-Webhook-Signature" }?.value == Hexadecimal.text(code))
    }

    // MARK: Health

    @Test("Another endpoint learns once that an endpoint fails, and once that it has recovered")
    func health() async throws {
        let installation = try await TestInstallation()
        let watch = "http://127.0.0.1:9/watch"
        _ = try await register(installation, at: Self.url)
        _ = try await register(
            installation, [JSON.Member("events", ["endpoint.failing", "endpoint.recovered"])], at: watch)
        for _ in 1...7 {
            installation.time.advance(by: .minutes(1))
            _ = try await installation.place(try await installation.order())
            try await installation.endDueDeliveries(as: .failed)
        }
        #expect(try await deliveries(installation, to: watch).map(\.event) == [.endpoint(.failing)])
        for _ in 1...2 {
            installation.time.advance(by: .minutes(1))
            _ = try await installation.place(try await installation.order())
            try await installation.endDueDeliveries(as: .succeeded)
        }
        let reports = try await deliveries(installation, to: watch)
        #expect(reports.map(\.event) == [.endpoint(.recovered), .endpoint(.failing)])
        #expect(reports.allSatisfy { $0.orderID == nil && $0.sequence == nil })
        // A report that failed can be sent again like any other delivery.
        let failed = try #require(reports.last)
        let again = try await installation.webhooks.redeliver(failed.id, tenant: installation.tenant)
        #expect(again.status == .pending && again.nextAttemptAt == installation.time.now())
        #expect(try await installation.endDueDeliveries(as: .succeeded).map(\.type) == [.endpoint(.failing)])
        let details = try await installation.webhooks.delivery(failed.id, tenant: installation.tenant)
        #expect(details.attempts.count == 2)
        #expect(details["payload"]?["endpoint"]?["host"] == "127.0.0.1")
        let feed = try await installation.webhooks.events(after: nil, limit: 100, tenant: installation.tenant)
        #expect(feed.payloads.count == 9 && !feed.hasMore)
        // The integrity check knows events without an order.
        var findings: [IntegrityFinding] = []
        _ = try await IntegrityChecker(environment: installation.environment).check(tenant: nil) { findings.append($0) }
        #expect(findings == [])
    }

    @Test("A clock that was set back leaves the long pauses of the extended schedule, and no others")
    func clockSetBack() async throws {
        let installation = try await TestInstallation()
        let schedule: @Sendable (String) -> JSON = { ["retry_schedule": .string($0)] }
        let endpoint = try await register(installation, [JSON.Member("retry_schedule", "extended")]).endpoint.id
        _ = try await installation.place(try await installation.order())
        let due = installation.time.now() + .hours(10)
        try await installation.endDueDeliveries(as: .retry(at: due))
        let watch = ClockSetBack(
            environment: installation.environment,
            delays: LongestDelays(
                retryDelay: .seconds(60), reconciliation: ReconciliationPolicy(), pace: .manual, wipeEvery: .hours(24)))
        try await watch.reschedule(claimed: false)
        #expect(try await deliveries(installation, to: Self.url).first?.nextAttemptAt == due)
        try await installation.webhooks.updateEndpoint(
            endpoint, body: schedule("standard"), tenant: installation.tenant)
        try await watch.reschedule(claimed: false)
        #expect(try await deliveries(installation, to: Self.url).first?.nextAttemptAt == installation.time.now())
    }
}
