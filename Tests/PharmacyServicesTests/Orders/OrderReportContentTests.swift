import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Parcels, reasons and times of reports, stored and reported", .timeLimit(.minutes(3)))
struct OrderReportContentTests {
    private typealias Fixture = OrderReportTests.Fixture

    private static let hook = "https://your-app.com/webhooks/orders"

    private static func parcel(_ tracking: String, _ status: String = "In Transit") -> JSON {
        ["carrier": "UPS", "tracking": .string(tracking), "shipping_status": .string(status)]
    }
}

extension OrderReportTests.Fixture {
    func document() async throws -> JSON {
        let id = order
        let order = try await installation.environment.store.read(tenant.id) { try $0.orderRepresentation(id) }
        return try JSON.parse(order?.bytes ?? [])
    }

    /// The feed of the tenant's events: the bodies of their webhooks.
    func feed() async throws -> [JSON] {
        try await installation.webhooks.events(after: nil, limit: 100, tenant: tenant).payloads
            .map { try JSON.parse($0.bytes) }
    }

    /// Type, number and tracking number of each event.
    func deliveredEvents() async throws -> [String] {
        try await feed().map { event in
            [
                event["event"]?.text, event["sequence"]?.wholeNumber.map(String.init),
                event["shipping"]?["tracking"]?.text, event["shipping"]?["shipping_status"]?.text,
            ].compactMap(\.self).joined(separator: " ")
        }
    }

    /// The number of orders that have changed since a time.
    func changed(since moment: Timestamp) async throws -> Int? {
        var filter = OrderFilter()
        filter.updatedSince = moment
        let wanted = filter
        return try await installation.environment.store.read(tenant.id) {
            try $0.orderRepresentations(wanted, page: PageRequest(page: 1, perPage: 15)).total
        }
    }

    func changeSequence() async throws -> Int64? {
        try await installation.environment.store.read(tenant.id) {
            try $0.db.row("SELECT MAX(change_sequence) FROM orders", []) { try $0.integer(0) }
        }
    }

    func deliveries() async throws -> [DeliverySummary] {
        try await installation.webhooks.deliveries(
            DeliveryFilter(), page: PageRequest(page: 1, perPage: 100), tenant: tenant
        ).items.reversed()
    }

    /// The findings of the integrity check, which must be none after any reports.
    func findings() async throws -> [IntegrityFinding] {
        var findings: [IntegrityFinding] = []
        _ = try await IntegrityChecker(environment: installation.environment).check { findings.append($0) }
        return findings
    }
}

extension OrderReportContentTests {
    @Test("Late tracking is shown, found by updated_since, and reported in an event of the same type")
    func lateTracking() async throws {
        let fixture = try await Fixture(webhookURLs: [.string(OrderReportContentTests.hook)])
        try await fixture.take(fixture.body("shipped"))
        #expect(try await fixture.document()["shipping"] == .null)
        fixture.time.advance(by: .hours(1))
        let (moment, sequence) = (fixture.time.now(), try await fixture.changeSequence())
        #expect(try await fixture.changed(since: moment) == 0)

        let body = fixture.body("shipped", shipping: OrderReportContentTests.parcel("A"))
        try await fixture.take(body)
        let order = try await fixture.document()
        #expect(order["shipping"] == OrderReportContentTests.parcel("A"))
        #expect(order["shipments"]?.elements?.map { $0["tracking"] } == ["A"])
        #expect(order["updated_at"] == JSON(moment))
        #expect(order["event_sequence"] == 5)
        #expect(order["status_history"]?.elements?.count == 4)
        #expect(try await fixture.changed(since: moment) == 1)
        #expect(try await fixture.changeSequence() == sequence.map { $0 + 1 })
        let delivered = [
            "order.created 1", "order.confirmed 2", "order.processing 3", "order.shipped 4",
            "order.shipped 5 A In Transit",
        ]
        #expect(try await fixture.deliveredEvents() == delivered)

        fixture.time.advance(by: .hours(1))
        for _ in 1...3 { try await fixture.take(body) }
        #expect(try await fixture.document() == order)
        #expect(try await fixture.deliveredEvents() == delivered)
        #expect(try await fixture.changeSequence() == sequence.map { $0 + 1 })

        try await fixture.take(fixture.body("delivered"))
        #expect(try await fixture.deliveredEvents().last == "order.delivered 6 A Delivered")
        try await fixture.take(fixture.body("shipped", shipping: OrderReportContentTests.parcel("B")))
        #expect(try await fixture.deliveredEvents().last == "order.delivered 7 B Delivered")
        #expect(try await fixture.document()["shipments"]?.elements?.map { $0["tracking"] } == ["A", "B"])
        #expect(try await fixture.findings() == [])

        // To one URL they are delivered one after the other.
        let sent = try await fixture.installation.endDueDeliveries(as: .succeeded)
        let bodies = try sent.map { try JSON.parse($0.payload)["sequence"]?.wholeNumber }
        #expect(bodies == [1, 2, 3, 4, 5, 6, 7])
        #expect(Set(sent.map(\.eventID)).count == 7)
        #expect(try await fixture.findings() == [])
    }

    @Test("History and events have the pharmacy's time; deliveries and retention use the time of receipt")
    func times() async throws {
        let fixture = try await Fixture(webhookURLs: [.string(OrderReportContentTests.hook)])
        let placed = fixture.time.now()
        let sweeper = RetentionSweeper(
            environment: fixture.installation.environment, retention: Retention(webhooks: .days(30)),
            logger: fixture.installation.logger)
        fixture.time.advance(by: .days(40))
        let received = fixture.time.now()
        try await fixture.take(fixture.body("confirmed", at: JSON(placed + .days(1))))
        try await fixture.take(fixture.body("shipped", at: JSON(placed + .days(2))))
        try await fixture.take(fixture.body("delivered", at: JSON(received + .days(1))))
        let order = try await fixture.document()
        let expected = [placed, placed + .days(1), placed + .days(2), placed + .days(2), received].map { JSON($0) }
        #expect(order["status_history"]?.elements?.map { $0["at"] ?? .null } == expected)
        #expect(order["updated_at"] == JSON(received))
        #expect(order["created_at"] == JSON(placed))
        #expect(try await fixture.feed().map { $0["timestamp"] ?? .null } == expected)
        #expect(
            try await fixture.deliveries().map { $0["created_at"] ?? .null }
                == [JSON(placed)] + Array(repeating: JSON(received), count: 4))
        #expect(try await fixture.changed(since: received) == 1)

        let cursor = try await fixture.installation.webhooks.events(after: nil, limit: 2, tenant: fixture.tenant).next
        try await fixture.installation.endDueDeliveries(as: .succeeded)
        try await sweeper.prune()
        let left = try await fixture.deliveredEvents()
        #expect(
            left == ["order.confirmed 2", "order.processing 3", "order.shipped 4", "order.delivered 5"],
            "the event is 39 days old, but was received today")
        _ = try await fixture.installation.webhooks.events(after: cursor, limit: 10, tenant: fixture.tenant)
        #expect(try await fixture.findings() == [])
        fixture.time.advance(by: .days(31))
        try await sweeper.prune()
        #expect(try await fixture.deliveredEvents().isEmpty)
        #expect(try await fixture.findings() == [])
    }

    @Test("A parcel shows when it was shipped and delivered, and an implausible time does not lose the report")
    func parcelTimes() async throws {
        let fixture = try await Fixture()
        let placed = fixture.time.now()
        fixture.time.advance(by: .days(2))
        func parcel(_ status: String, _ name: String, _ value: Timestamp) -> JSON {
            .object(
                (OrderReportContentTests.parcel("A", status).members ?? []) + [JSON.Member(name, JSON(value))])
        }
        func times() async throws -> [JSON] {
            let shipment = try await fixture.document()["shipments"]?.elements?.first
            return ["shipped_at", "delivered_at"].map { shipment?[$0] ?? "missing" }
        }
        let shipped = fixture.body("shipped", shipping: parcel("In Transit", "shipped_at", placed + .hours(3)))
        try await fixture.take(shipped)
        #expect(try await times() == [JSON(placed + .hours(3)), .null])
        let future = fixture.time.now() + .days(1)
        try await fixture.take(fixture.body("delivered", shipping: parcel("Delivered", "delivered_at", future)))
        #expect(try await fixture.document()["status"] == "delivered")
        #expect(try await times() == [JSON(placed + .hours(3)), .null])
        let delivered = fixture.body("delivered", shipping: parcel("Delivered", "delivered_at", placed + .days(1)))
        try await fixture.take(delivered)
        let expected = [JSON(placed + .hours(3)), JSON(placed + .days(1))]
        #expect(try await times() == expected)
        let events = try await fixture.deliveredEvents()
        #expect(events.suffix(2) == ["order.delivered 5 A Delivered", "order.delivered 6 A Delivered"])
        for body in [shipped, delivered] { try await fixture.take(body) }
        #expect(try await times() == expected)
        #expect(try await fixture.deliveredEvents() == events)
        #expect(try await fixture.findings() == [])
    }

    @Test("A query uses the pharmacy's times, and repeated reports change nothing")
    func polls() async throws {
        let fixture = try await Fixture()
        let id = fixture.order
        let placed = fixture.time.now()
        func parcel(_ status: String) -> Order.Shipping {
            Order.Shipping(carrier: "UPS", tracking: "A", status: status)
        }
        // The second contradicts the first, and neither has a time.
        let reports = [
            Order.Report(.shipped, shipping: parcel("Label created"), at: placed + .minutes(3)),
            Order.Report(.shipped, shipping: parcel("In Transit")),
            Order.Report(.shipped, shipping: parcel("Held")), Order.Report(.shipped, shipping: parcel("In Transit")),
        ]
        fixture.system.state.withLock { $0.reports[id] = reports }
        fixture.time.advance(by: .minutes(30))
        _ = try await fixture.reconciliation().reconcileDue()
        let order = try await fixture.document()
        #expect(
            order["status_history"]?.elements?.dropFirst().map { $0["at"] }
                == Array(
                    repeating: JSON(placed + .minutes(3)), count: 3))
        let delivered = try await fixture.deliveredEvents()
        #expect(
            delivered == [
                "order.created 1", "order.confirmed 2", "order.processing 3", "order.shipped 4 A Label created",
                "order.shipped 5 A In Transit",
            ])
        for _ in 1...3 {
            fixture.time.advance(by: .minutes(30))
            _ = try await fixture.reconciliation().reconcileDue()
        }
        #expect(fixture.system.state.withLock(\.asked).count == 4)
        #expect(try await fixture.document() == order)
        #expect(try await fixture.deliveredEvents() == delivered)
    }

    @Test("A report that arrives many times at once is applied once")
    func atOnce() async throws {
        let fixture = try await Fixture()
        try await fixture.take(fixture.body("shipped"))
        let body = fixture.body("shipped", shipping: OrderReportContentTests.parcel("A"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { try await fixture.take(body) } }
            try await group.waitForAll()
        }
        #expect(try await fixture.deliveredEvents().count == 5)
        #expect(try await fixture.document()["shipments"]?.elements?.count == 1)
    }

    @Test(
        "Reports received by two nodes concurrently create events in one sequence without gaps",
        .enabled(if: TestDatabase.isPostgreSQL))
    func severalNodes() async throws {
        let url = try TestDatabase.newURL()
        let fixture = try await Fixture(sharing: url)
        let other = try await TestInstallation(pharmacySystem: fixture.system, time: fixture.time, sharing: url)
        let second = OrderReports(
            environment: other.environment, systems: PharmacySystems(sandbox: fixture.system, live: fixture.system),
            callbackSecret: OrderReportTests.secret)
        try await fixture.take(fixture.body("shipped"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                let body = fixture.body("shipped", shipping: OrderReportContentTests.parcel("T\(number / 2)"))
                group.addTask { try await fixture.take(body, by: number.isMultiple(of: 2) ? second : nil) }
            }
            try await group.waitForAll()
        }
        let sequences = try await fixture.feed().map { $0["sequence"]?.wholeNumber }
        #expect(sequences == (1...14).map { Int64($0) })
        #expect(try await fixture.document()["shipments"]?.elements?.count == 10)
        #expect(try await fixture.findings() == [])
        await other.close()
    }
}
