import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("Queues of deliveries", .timeLimit(.minutes(3)))
struct DeliveryQueueTests {
    private func claim(
        _ installation: TestInstallation, in slots: DeliverySlots = DeliverySlots(total: 1_024), limit: Int = 100
    ) async throws -> TestInstallation.Claimed {
        let now = installation.time.now()
        return try await installation.claimDeliveries(
            in: slots, limit: limit, at: now, leaseExpiresAt: now + .seconds(30))
    }

    private func end(
        _ installation: TestInstallation, _ delivery: ClaimedDelivery, as verdict: DeliveryPolicy.Verdict,
        counts: Bool = true
    ) async throws {
        let attempt = Delivery.Attempt(
            at: installation.time.now(), duration: .zero, statusCode: counts ? 200 : nil, error: nil, response: [],
            counts: counts)
        _ = try await installation.environment.store.write(delivery.tenant) {
            try $0.record(
                [AttemptResult(delivery: delivery, attempt: attempt, verdict: verdict)], at: installation.time.now(),
                identifiers: .random)
        }
    }

    private func status(_ installation: TestInstallation, _ order: OrderID) async throws -> [String?] {
        var filter = DeliveryFilter()
        filter.orderID = order
        return try await installation.webhooks.deliveries(
            filter, page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant
        ).items.map { $0["status"]?.text }
    }

    @Test(
        "A receiver with no free slots delays only its own deliveries, however many wait"
    )
    func busyReceiver() async throws {
        let installation = try await TestInstallation()
        let slow = try await installation.order(webhookURLs: ["http://127.0.0.1:9/slow"])
        for _ in 1...100 { _ = try await installation.place(slow) }
        var slots = DeliverySlots(total: 64)
        let first = try await claim(installation, in: slots)
        for delivery in first.deliveries { slots.begin(delivery.receiver) }
        #expect((1..<16).contains(first.deliveries.count))
        let idle = try await claim(installation, in: slots)
        #expect(idle.deliveries.isEmpty)
        #expect(idle.next == nil, "the end of an attempt is waited for, not a time")

        _ = try await installation.place(try await installation.order(webhookURLs: ["http://127.0.0.1:10/good"]))
        let next = try await claim(installation, in: slots)
        #expect(next.deliveries.map(\.url.text) == ["http://127.0.0.1:10/good"])
    }

    @Test("Deliveries beyond a round's limit are due at once, and retries at their time")
    func next() async throws {
        let installation = try await TestInstallation()
        let now = installation.time.now()
        for port in 1...3 {
            _ = try await installation.place(
                try await installation.order(webhookURLs: ["http://127.0.0.1:\(port)/"]))
        }
        let first = try await claim(installation, limit: 2)
        #expect(first.deliveries.count == 2)
        #expect(first.next == now)
        let second = try await claim(installation, limit: 2)
        #expect(second.deliveries.count == 1)
        #expect(second.next == now + .seconds(30), "the claims of the others run out then")
        for delivery in first.deliveries + second.deliveries {
            try await end(installation, delivery, as: .retry(at: now + .seconds(60)))
        }
        #expect(try await claim(installation).next == now + .seconds(60))
        installation.time.advance(by: .seconds(60))
        for delivery in try await claim(installation).deliveries {
            try await end(installation, delivery, as: .succeeded)
        }
        #expect(try await claim(installation).next == nil)
    }

    @Test("A URL that is due later is waited for while another of the same host has no free slot")
    func siblings() async throws {
        let installation = try await TestInstallation()
        let now = installation.time.now()
        _ = try await installation.place(try await installation.order(webhookURLs: ["http://127.0.0.1:9/later"]))
        for delivery in try await claim(installation).deliveries {
            try await end(installation, delivery, as: .retry(at: now + .seconds(5)))
        }
        let slow = try await installation.order(webhookURLs: ["http://127.0.0.1:9/slow"])
        for _ in 1...100 { _ = try await installation.place(slow) }
        var slots = DeliverySlots(total: 256)
        for delivery in try await claim(installation, in: slots).deliveries { slots.begin(delivery.receiver) }
        #expect(try await claim(installation, in: slots).next == now + .seconds(5))
        installation.time.advance(by: .seconds(5))
        #expect(try await claim(installation, in: slots).deliveries.map(\.url.text) == ["http://127.0.0.1:9/later"])
    }

    @Test("The result of an attempt with an expired claim is ignored, and that of the new claim is recorded")
    func lostClaim() async throws {
        let installation = try await TestInstallation()
        let order = try await installation.place(
            try await installation.order(webhookURLs: ["http://127.0.0.1:9/hook"]))
        let lost = try #require(try await claim(installation).deliveries.first)
        #expect(try await claim(installation).deliveries.isEmpty)
        installation.time.advance(by: .seconds(30))
        let again = try #require(try await claim(installation).deliveries.first)
        #expect(again.key == lost.key)
        try await end(installation, lost, as: .failed)
        #expect(try await status(installation, order) == ["pending"])
        try await end(installation, again, as: .succeeded)
        #expect(try await status(installation, order) == ["succeeded"])
        try await end(installation, lost, as: .failed)
        #expect(try await status(installation, order) == ["succeeded"])
    }

    @Test("A postponed delivery is due again at its time, with no attempt or failure counted")
    func deferred() async throws {
        let installation = try await TestInstallation()
        let now = installation.time.now()
        let order = try await installation.place(
            try await installation.order(webhookURLs: ["http://127.0.0.1:9/hook"]))
        let first = try #require(try await claim(installation).deliveries.first)
        try await end(installation, first, as: .deferred(until: now + .seconds(5)), counts: false)
        var filter = DeliveryFilter()
        filter.orderID = order
        let listed = try #require(
            try await installation.webhooks.deliveries(
                filter, page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant
            ).items.first)
        #expect(listed["status"] == "pending")
        #expect(listed["attempts"] == 0)
        #expect(listed["next_attempt_at"] == JSON(now + .seconds(5)))
        let id = try #require(listed["id"]?.text.flatMap(DeliveryID.init))
        let shown = try await installation.webhooks.delivery(id, tenant: installation.tenant)
        #expect(shown["attempt_log"] == [])
        let health = try await installation.webhooks.health(
            page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant
        ).urls.items.first
        #expect(health?["last_failure_at"] == .null)
        #expect(try await claim(installation).next == now + .seconds(5))
        installation.time.advance(by: .seconds(5))
        let again = try #require(try await claim(installation).deliveries.first)
        #expect(again.key == first.key)
        #expect(again.attempts == 0)
        // The end of a claim that has been given up changes nothing.
        try await end(installation, first, as: .deferred(until: now), counts: false)
        #expect(try await claim(installation).deliveries.isEmpty)
    }

    @Test("However many receivers of one tenant are due, another tenant's deliveries are claimed, too")
    func tenants() async throws {
        let installation = try await TestInstallation()
        let other = try await installation.addTenant("other")
        for order in 0..<4 {
            let urls = (0..<5).map { "http://127.0.0.1:\(1_000 + order * 5 + $0)/" }
            _ = try await installation.place(as: installation.tenant, webhookURLs: urls)
        }
        var slots = DeliverySlots(total: 16)
        let first = try await claim(installation, in: slots).deliveries
        for delivery in first { slots.begin(delivery.receiver) }
        #expect((1...8).contains(first.count))
        #expect(try await claim(installation, in: slots).deliveries.isEmpty)
        #expect(try await claim(installation, in: slots).next == nil, "the end of an attempt is waited for")
        _ = try await installation.place(as: other, webhookURLs: ["http://127.0.0.1:9/"])
        #expect(try await claim(installation, in: slots).deliveries.map(\.tenant) == [other.id])
    }

    @Test("At its start, the only server releases the claims of a crashed one")
    func release() async throws {
        let installation = try await TestInstallation()
        _ = try await installation.place(try await installation.order(webhookURLs: ["http://127.0.0.1:9/hook"]))
        let lost = try #require(try await claim(installation).deliveries.first)
        let now = installation.time.now()
        try await installation.environment.store.systemWrite { try $0.releaseDeliveries(at: now) }
        #expect(try await claim(installation).deliveries.map(\.key) == [lost.key])
    }

    @Test("The delivery of an unreadable event fails, and delays no other")
    func damaged() async throws {
        let installation = try await TestInstallation()
        let order = try await installation.place(
            try await installation.order(webhookURLs: ["http://127.0.0.1:9/hook"]))
        _ = try await installation.controls.advance(order, to: .confirmed, tenant: installation.tenant)
        let other = try await installation.place(
            try await installation.order(webhookURLs: ["http://127.0.0.1:9/hook"]))
        _ = try await installation.environment.store.systemWrite {
            try $0.db.run("UPDATE order_events SET payload = $1 WHERE id = 1", [.blob([1, 2, 3])])
        }
        let claimed = try await claim(installation)
        #expect(claimed.unreadable == 1)
        #expect(claimed.deliveries.map(\.type) == [.order(.created)])
        let rest = try await claim(installation)
        #expect(rest.unreadable == 0)
        #expect(rest.deliveries.map(\.type) == [.order(.confirmed)])
        #expect(try await status(installation, order) == ["pending", "failed"])
        #expect(try await status(installation, other) == ["pending"])
    }

    @Test("A redelivered delivery waits for those in progress of its order and URL")
    func redelivery() async throws {
        let installation = try await TestInstallation()
        let order = try await installation.place(
            try await installation.order(webhookURLs: ["http://127.0.0.1:9/hook"]))
        try await installation.endDueDeliveries(as: .failed)
        _ = try await installation.controls.advance(order, to: .confirmed, tenant: installation.tenant)
        let second = try #require(try await claim(installation).deliveries.first)
        var filter = DeliveryFilter()
        filter.status = .failed
        let failed = try await installation.webhooks.deliveries(
            filter, page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant
        ).items.first?["id"]?.text
        let id = try #require(failed.flatMap(DeliveryID.init))
        #expect(try await installation.webhooks.redeliver(id, tenant: installation.tenant)["status"] == "pending")
        #expect(try await claim(installation).deliveries.isEmpty)
        try await end(installation, second, as: .succeeded)
        #expect(try await claim(installation).deliveries.map(\.type) == [.order(.created)])
    }
}
