import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("What is reported beside a status, stored and told")
struct OrderReportContentTests {
    private typealias Setting = OrderReportTests.Setting

    private static let hook = "https://your-app.com/webhooks/orders"

    private static func parcel(_ tracking: String, _ status: String = "In Transit") -> JSON {
        ["carrier": "UPS", "tracking": .string(tracking), "shipping_status": .string(status)]
    }
}

extension OrderReportTests.Setting {
    func document() async throws -> JSON {
        let id = order
        let bytes = try await installation.environment.store.read(tenant.id) { try $0.orderDocument(id) }
        return try JSON.parse(bytes ?? [])
    }

    /// The feed of the tenant's events: the bodies of their webhooks.
    func feed() async throws -> [JSON] {
        try await installation.webhooks.events(after: nil, limit: 100, tenant: tenant).payloads
            .map { try JSON.parse($0.bytes) }
    }

    /// Type, number and tracking number of each event.
    func told() async throws -> [String] {
        try await feed().map { event in
            [
                event["event"]?.text, event["sequence"]?.wholeNumber.map(String.init),
                event["shipping"]?["tracking"]?.text, event["shipping"]?["shipping_status"]?.text,
            ].compactMap(\.self).joined(separator: " ")
        }
    }

    /// How many orders have changed since a moment.
    func changed(since moment: Timestamp) async throws -> Int? {
        var filter = OrderFilter()
        filter.updatedSince = moment
        let wanted = filter
        return try await installation.environment.store.read(tenant.id) {
            try $0.orderDocuments(wanted, page: PageRequest(page: 1, perPage: 15)).total
        }
    }

    func changeSequence() async throws -> Int64? {
        try await installation.environment.store.read(tenant.id) {
            try $0.db.row("SELECT MAX(change_sequence) FROM orders", []) { try $0.integer(0) }
        }
    }

    func deliveries() async throws -> [JSON] {
        try await installation.webhooks.deliveries(
            DeliveryFilter(), page: PageRequest(page: 1, perPage: 100), tenant: tenant
        ).items.reversed()
    }

    /// What the integrity check finds: nothing, whatever has been reported.
    func findings() async throws -> [IntegrityFinding] {
        var findings: [IntegrityFinding] = []
        _ = try await IntegrityChecker(environment: installation.environment).check { findings.append($0) }
        return findings
    }
}

extension OrderReportContentTests {
    @Test("Tracking that comes late is shown, found by updated_since, and told in an event of the same type")
    func lateTracking() async throws {
        let setting = try await Setting(webhookURLs: [.string(OrderReportContentTests.hook)])
        try await setting.take(setting.body("shipped"))
        #expect(try await setting.document()["shipping"] == .null)
        setting.time.advance(by: .hours(1))
        let (moment, sequence) = (setting.time.now(), try await setting.changeSequence())
        #expect(try await setting.changed(since: moment) == 0)

        let body = setting.body("shipped", shipping: OrderReportContentTests.parcel("A"))
        try await setting.take(body)
        let order = try await setting.document()
        #expect(order["shipping"] == OrderReportContentTests.parcel("A"))
        #expect(order["shipments"]?.elements?.map { $0["tracking"] } == ["A"])
        #expect(order["updated_at"] == JSON(moment))
        #expect(order["event_sequence"] == 5)
        #expect(order["status_history"]?.elements?.count == 4)
        #expect(try await setting.changed(since: moment) == 1)
        #expect(try await setting.changeSequence() == sequence.map { $0 + 1 })
        let told = [
            "order.created 1", "order.confirmed 2", "order.processing 3", "order.shipped 4",
            "order.shipped 5 A In Transit",
        ]
        #expect(try await setting.told() == told)

        setting.time.advance(by: .hours(1))
        for _ in 1...3 { try await setting.take(body) }
        #expect(try await setting.document() == order)
        #expect(try await setting.told() == told)
        #expect(try await setting.changeSequence() == sequence.map { $0 + 1 })

        try await setting.take(setting.body("delivered"))
        #expect(try await setting.told().last == "order.delivered 6 A Delivered")
        try await setting.take(setting.body("shipped", shipping: OrderReportContentTests.parcel("B")))
        #expect(try await setting.told().last == "order.delivered 7 B Delivered")
        #expect(try await setting.document()["shipments"]?.elements?.map { $0["tracking"] } == ["A", "B"])
        #expect(try await setting.findings() == [])

        // To one URL they are delivered one after the other.
        let sent = try await setting.installation.endDueDeliveries(as: .succeeded)
        let bodies = try sent.map { try JSON.parse($0.payload)["sequence"]?.wholeNumber }
        #expect(bodies == [1, 2, 3, 4, 5, 6, 7])
        #expect(Set(sent.map(\.eventID)).count == 7)
        #expect(try await setting.findings() == [])
    }

    @Test("History and events carry the pharmacy's time; deliveries and the retention go by when a report came")
    func times() async throws {
        let setting = try await Setting(webhookURLs: [.string(OrderReportContentTests.hook)])
        let placed = setting.time.now()
        let janitor = Janitor(
            environment: setting.installation.environment, retention: Retention(webhooks: .days(30)),
            logger: setting.installation.logger)
        setting.time.advance(by: .days(40))
        let received = setting.time.now()
        try await setting.take(setting.body("confirmed", at: JSON(placed + .days(1))))
        try await setting.take(setting.body("shipped", at: JSON(placed + .days(2))))
        try await setting.take(setting.body("delivered", at: JSON(received + .days(1))))
        let order = try await setting.document()
        let expected = [placed, placed + .days(1), placed + .days(2), placed + .days(2), received].map { JSON($0) }
        #expect(order["status_history"]?.elements?.map { $0["at"] ?? .null } == expected)
        #expect(order["updated_at"] == JSON(received))
        #expect(order["created_at"] == JSON(placed))
        #expect(try await setting.feed().map { $0["timestamp"] ?? .null } == expected)
        #expect(
            try await setting.deliveries().map { $0["created_at"] ?? .null }
                == [JSON(placed)] + Array(repeating: JSON(received), count: 4))
        #expect(try await setting.changed(since: received) == 1)

        let cursor = try await setting.installation.webhooks.events(after: nil, limit: 2, tenant: setting.tenant).next
        try await setting.installation.endDueDeliveries(as: .succeeded)
        try await janitor.prune()
        let left = try await setting.told()
        #expect(
            left == ["order.confirmed 2", "order.processing 3", "order.shipped 4", "order.delivered 5"],
            "what is told of is 39 days old, but it was told today")
        _ = try await setting.installation.webhooks.events(after: cursor, limit: 10, tenant: setting.tenant)
        #expect(try await setting.findings() == [])
        setting.time.advance(by: .days(31))
        try await janitor.prune()
        #expect(try await setting.told().isEmpty)
        #expect(try await setting.findings() == [])
    }

    @Test("Asking takes the pharmacy's time, and the same reports again and again change nothing")
    func polls() async throws {
        let setting = try await Setting()
        let id = setting.order
        let placed = setting.time.now()
        func parcel(_ status: String) -> Order.Shipping {
            Order.Shipping(carrier: "UPS", tracking: "A", status: status)
        }
        // The second contradicts the first, and neither says when.
        let reports = [
            Order.Report(.shipped, shipping: parcel("Label created"), at: placed + .minutes(3)),
            Order.Report(.shipped, shipping: parcel("In Transit")),
            Order.Report(.shipped, shipping: parcel("Held")), Order.Report(.shipped, shipping: parcel("In Transit")),
        ]
        setting.system.state.withLock { $0.reports[id] = reports }
        setting.time.advance(by: .minutes(30))
        _ = try await setting.reconciliation().reconcileDue()
        let order = try await setting.document()
        #expect(
            order["status_history"]?.elements?.dropFirst().map { $0["at"] }
                == Array(
                    repeating: JSON(placed + .minutes(3)), count: 3))
        let told = try await setting.told()
        #expect(
            told == [
                "order.created 1", "order.confirmed 2", "order.processing 3", "order.shipped 4 A Label created",
                "order.shipped 5 A In Transit",
            ])
        for _ in 1...3 {
            setting.time.advance(by: .minutes(30))
            _ = try await setting.reconciliation().reconcileDue()
        }
        #expect(setting.system.state.withLock(\.asked).count == 4)
        #expect(try await setting.document() == order)
        #expect(try await setting.told() == told)
    }

    @Test("A report that comes many times at once is taken once")
    func atOnce() async throws {
        let setting = try await Setting()
        try await setting.take(setting.body("shipped"))
        let body = setting.body("shipped", shipping: OrderReportContentTests.parcel("A"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { try await setting.take(body) } }
            try await group.waitForAll()
        }
        #expect(try await setting.told().count == 5)
        #expect(try await setting.document()["shipments"]?.elements?.count == 1)
    }

    @Test(
        "Reports that reach two nodes at once are told in one order, without a gap",
        .enabled(if: TestDatabase.isPostgreSQL))
    func severalNodes() async throws {
        let url = try TestDatabase.newURL()
        let setting = try await Setting(sharing: url)
        let other = try await TestInstallation(pharmacySystem: setting.system, time: setting.time, sharing: url)
        let second = OrderReports(
            environment: other.environment, systems: PharmacySystems(sandbox: setting.system, live: setting.system),
            callbackSecret: OrderReportTests.secret)
        try await setting.take(setting.body("shipped"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                let body = setting.body("shipped", shipping: OrderReportContentTests.parcel("T\(number / 2)"))
                group.addTask { try await setting.take(body, by: number.isMultiple(of: 2) ? second : nil) }
            }
            try await group.waitForAll()
        }
        let sequences = try await setting.feed().map { $0["sequence"]?.wholeNumber }
        #expect(sequences == (1...14).map { Int64($0) })
        #expect(try await setting.document()["shipments"]?.elements?.count == 10)
        #expect(try await setting.findings() == [])
        await other.close()
    }
}
