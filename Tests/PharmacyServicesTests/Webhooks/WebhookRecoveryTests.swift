import Crypto
import Foundation
import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Catching up on events", .timeLimit(.minutes(3)))
struct WebhookRecoveryTests {
    /// Records its requests, and responds as scripted.
    private final class Receiver: WebhookSending {
        private let sent = Mutex<[WebhookRequest]>([])
        let status: Int?

        init(status: Int?) {
            self.status = status
        }

        var requests: [WebhookRequest] { sent.withLock(\.self) }

        func send(_ request: WebhookRequest) async -> Delivery.Attempt {
            sent.withLock { $0.append(request) }
            return Delivery.Attempt(
                at: Timestamp(milliseconds: 0), duration: .milliseconds(5), statusCode: status,
                error: status == nil ? "connection refused" : nil, response: Array("ok".utf8))
        }
    }

    private static let hook = "http://127.0.0.1:9/hook"

    /// Ends every delivery that is due with `verdict`.
    /// - Returns: their events, in the order of arrival.
    private func end(
        _ installation: TestInstallation, as verdict: DeliveryPolicy.Verdict
    ) async throws -> [String] {
        try await installation.endDueDeliveries(as: verdict).map(\.type.rawValue)
    }

    private func advance(_ installation: TestInstallation, _ order: OrderID, to status: OrderStatus) async throws {
        _ = try await installation.controls.advance(order, to: status, tenant: installation.tenant)
    }

    private func recover(_ installation: TestInstallation, _ body: JSON) async throws -> JSON? {
        try await installation.webhooks.recover(body: body, tenant: installation.tenant)["redelivered"]
    }

    @Test("The feed has every event once, in order, whatever the pages; later events follow the cursor")
    func feed() async throws {
        let installation = try await TestInstallation()
        let first = try await installation.place(try await installation.order())
        let second = try await installation.place(try await installation.order())
        try await advance(installation, second, to: .shipped)
        try await advance(installation, first, to: .confirmed)
        func read(limit: Int, after start: EventCursor? = nil) async throws -> ([String], EventCursor?) {
            var (seen, cursor, hasMore): ([String], EventCursor?, Bool) = ([], start, true)
            while hasMore {
                let page = try await installation.webhooks.events(
                    after: cursor, limit: limit, tenant: installation.tenant)
                #expect(page.payloads.count <= limit)
                for payload in page.payloads {
                    let json = try JSON.parse(payload.bytes)
                    seen.append("\(json["event"]?.text ?? "") \(json["order"]?["uuid"]?.text ?? "")")
                }
                (cursor, hasMore) = (page.next, page.hasMore)
            }
            return (seen, cursor)
        }
        let expected = [
            "order.created \(first)", "order.created \(second)", "order.confirmed \(second)",
            "order.processing \(second)", "order.shipped \(second)", "order.confirmed \(first)",
        ]
        for limit in 1...7 { #expect(try await read(limit: limit).0 == expected) }
        let (_, end) = try await read(limit: 100)
        #expect(try await read(limit: 100, after: end).0 == [])
        try await advance(installation, first, to: .cancelled)
        #expect(try await read(limit: 100, after: end).0 == ["order.cancelled \(first)"])
        // Positions go on after a wipe, and so do cursors.
        try await installation.controls.wipe(installation.tenant)
        #expect(try await read(limit: 100, after: end).0 == [])
        let third = try await installation.place(try await installation.order())
        #expect(try await read(limit: 100, after: end).0 == ["order.created \(third)"])
    }

    @Test("A blank URL does not mean all URLs", arguments: ["", " ", "\u{3000}"])
    func blankURL(url: String) async throws {
        let installation = try await TestInstallation()
        _ = try await installation.place(try await installation.order(webhookURLs: [Self.hook]))
        _ = try await end(installation, as: .failed)
        await #expect(throws: ServiceError.invalid(ValidationErrors("url", "url must not be blank."))) {
            _ = try await recover(installation, ["since": "2025-12-01T00:00:00Z", "url": .string(url)])
        }
        #expect(try await recover(installation, ["since": "2025-12-01T00:00:00Z", "url": .null]) == 1)
    }

    @Test("Failures within the second that the API shows are redelivered when that second is the start")
    func shownTime() async throws {
        let installation = try await TestInstallation()
        installation.time.advance(by: .milliseconds(700))
        _ = try await installation.place(try await installation.order(webhookURLs: [Self.hook]))
        _ = try await end(installation, as: .failed)
        let deliveries = try await installation.webhooks.deliveries(
            DeliveryFilter(), page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant)
        let shown = try #require(deliveries.items.first?["completed_at"])
        #expect(try await recover(installation, ["since": shown]) == 1)
    }

    @Test("A reader that follows concurrent writers misses no event and gets none twice")
    func concurrentFeed() async throws {
        let installation = try await TestInstallation()
        let body = try await installation.order()
        let seen = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<10 { _ = try await installation.place(body) }
                    return []
                }
            }
            group.addTask {
                var (ids, cursor): ([String], EventCursor?) = ([], nil)
                while ids.count < 40 {
                    let page = try await installation.webhooks.events(
                        after: cursor, limit: 3, tenant: installation.tenant)
                    ids += try page.payloads.compactMap { try JSON.parse($0.bytes)["id"]?.text }
                    cursor = page.next
                }
                return ids
            }
            return try await group.reduce([], +)
        }
        #expect(seen.count == 40)
        #expect(Set(seen).count == 40)
    }

    @Test("An invalid cursor is refused", arguments: ["", "x", "ZTk5OTk5", "ZS0x", "ZTA0", "ZTE=", "ZjE"])
    func badCursor(text: String) async throws {
        let installation = try await TestInstallation()
        _ = try await installation.place(try await installation.order())
        guard let cursor = EventCursor(text) else { return }
        await #expect(throws: ServiceError.self) {
            _ = try await installation.webhooks.events(after: cursor, limit: 1, tenant: installation.tenant)
        }
    }

    @Test("Failures since a time are redelivered, each order's events in order and one at a time")
    func recovery() async throws {
        let installation = try await TestInstallation()
        let order = try await installation.place(try await installation.order(webhookURLs: [Self.hook]))
        #expect(try await end(installation, as: .failed) == ["order.created"])
        installation.time.advance(by: .hours(1))
        let since = JSON(installation.time.now())
        try await advance(installation, order, to: .shipped)
        #expect(
            try await end(installation, as: .failed) == ["order.confirmed", "order.processing", "order.shipped"])
        // Another unfinished delivery: recovered ones are sent before or after it, but never concurrently.
        try await advance(installation, order, to: .delivered)
        #expect(try await recover(installation, ["since": since]) == 3)
        #expect(try await recover(installation, ["since": since]) == 0)
        let again = try await end(installation, as: .succeeded)
        #expect(again == ["order.delivered", "order.confirmed", "order.processing", "order.shipped"])
        #expect(try await recover(installation, ["since": "2020-01-01T00:00:00Z"]) == 1)
        #expect(try await end(installation, as: .succeeded) == ["order.created"])
    }

    @Test("Redelivery covers more than one batch, and can be limited to one URL")
    func batches() async throws {
        let installation = try await TestInstallation()
        let body = try await installation.order(webhookURLs: [Self.hook, Self.hook + "/2"])
        for _ in 0..<120 { _ = try await installation.place(body) }
        #expect(try await end(installation, as: .failed).count == 240)
        let since: JSON = "2020-01-01T00:00:00Z"
        #expect(try await recover(installation, ["since": since, "url": .string(Self.hook + "/3")]) == 0)
        #expect(try await recover(installation, ["since": since, "url": .string(Self.hook)]) == 120)
        #expect(try await recover(installation, ["since": since]) == 120)
        #expect(try await end(installation, as: .succeeded).count == 240)
    }

    @Test(
        "An invalid time is reported", arguments: [[:], ["since": 7], ["since": "yesterday"], ["url": 7]] as [JSON])
    func badRecovery(body: JSON) async throws {
        let installation = try await TestInstallation()
        let error = await #expect(throws: ServiceError.self) { _ = try await recover(installation, body) }
        guard case .invalid = error else {
            Issue.record("\(body)")
            return
        }
    }

    @Test("A test event is signed like a real one, sent once, and its result is returned", arguments: [200, 500, nil])
    func testEvent(status: Int?) async throws {
        let receiver = Receiver(status: status)
        let installation = try await TestInstallation(sender: receiver)
        let result = try await installation.webhooks.test(
            body: ["url": .string(Self.hook), "event": "order.delivered"], tenant: installation.tenant)
        #expect(result["is_success"] == .bool(status == 200))
        #expect(result["status_code"] == JSON(status))
        #expect(result["error"] == (status == nil ? JSON.string("connection refused") : .null))
        let request = try #require(receiver.requests.first)
        #expect(receiver.requests.count == 1)
        #expect(result["payload"] == (try JSON.parse(request.body)))
        #expect(request.headers.first { $0.name == "X-Webhook-Event" }?.value == "order.delivered")
        let secret = try await installation.environment.store.read(installation.tenant.id) {
            try $0.webhookSecrets().current
        }
        let code = HMAC<SHA256>.authenticationCode(
            for: request.body, using: SymmetricKey(data: Array(secret.utf8)))
        #expect(request.headers.first { $0.name == "X-Webhook-Signature" }?.value == Hexadecimal.text(code))
        // It is no event of an order.
        let feed = try await installation.webhooks.events(after: nil, limit: 10, tenant: installation.tenant)
        #expect(feed.payloads.isEmpty)
    }
}
