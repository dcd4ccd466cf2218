import Foundation
import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Reports of the pharmacies", .timeLimit(.minutes(3)))
struct OrderReportTests {
    static let secret = "a-secret-for-tests-of-32-characters"

    /// A live tenant with an order that the pharmacy has.
    struct Fixture {
        let time: ManualClock
        let system: ScriptedPharmacySystem
        let installation: TestInstallation
        let tenant: Tenant
        let reports: OrderReports
        let order: OrderID

        /// - Parameter url: of a PostgreSQL database that several nodes share.
        init(webhookURLs: [JSON] = [], sharing url: String? = nil) async throws {
            let time = ManualClock()
            let system = ScriptedPharmacySystem(time: time)
            let live = PharmacySystems(sandbox: system, live: system)
            self.system = system
            self.time = time
            installation = try await TestInstallation(pharmacySystem: system, time: time, sharing: url)
            let environment = installation.environment
            let tenant = Tenant(
                id: environment.entropy.identifier(), name: "acme", kind: .live, status: .active,
                createdAt: time.now(), resetsAt: nil)
            self.tenant = tenant
            try await environment.store.systemWrite {
                try $0.createTenant(
                    tenant, dataKey: [UInt8](repeating: 5, count: 32), webhookSecret: "whsec_AAAA")
            }
            reports = OrderReports(
                environment: environment, systems: live, callbackSecret: OrderReportTests.secret)
            let pharmacies = Pharmacies(
                environment: environment, systems: live,
                codec: MedicationIDCodec(key: [UInt8](repeating: 7, count: 32)),
                rendering: TestInstallation.medicationRendering)
            let orders = Orders(
                environment: environment, pharmacies: pharmacies, systems: live, servedOnLoopback: true)
            let patients = Patients(environment: environment, systems: live)
            let made = try await patients.create(body: TestInstallation.patient(), tenant: tenant, idempotency: nil)
            let pharmacy = SimulatedPharmacies.all[0].id
            let page = try await pharmacies.medications(
                of: pharmacy, page: PageRequest(page: 1, perPage: 25), filter: CatalogFilter(), tenant: tenant)
            let placed = try await orders.submit(
                body: [
                    "patient_id": .string(made.value.patient.id.description),
                    "pharmacy_id": .string(pharmacy.description),
                    "medication_id": JSON(page.page.items.first?.medicationID), "dispense_quantity": 1,
                    "webhook_urls": .array(webhookURLs),
                ], dryRun: false, tenant: tenant, idempotency: nil)
            order = placed.value.id
            let dispatcher = OrderDispatcher(
                environment: environment, systems: live, notifier: installation.notifier, logger: installation.logger)
            _ = try await dispatcher.dispatchDue()
        }

        /// - Parameter reports: replaces those of this fixture.
        func reconciliation(_ reports: OrderReports? = nil) -> OrderReconciliation {
            OrderReconciliation(
                environment: installation.environment, reports: reports ?? self.reports,
                notifier: installation.notifier,
                logger: installation.logger)
        }

        func body(_ status: String, shipping: JSON = nil, at: JSON = nil) -> JSON {
            [
                "id": "1", "prescription": .string(order.description), "status": .string(status), "reason": nil,
                "shipping": shipping, "at": at,
            ]
        }

        /// - Parameter reports: of another node.
        func take(_ body: JSON, by reports: OrderReports? = nil) async throws {
            let header = CallbackSignature(secret: OrderReportTests.secret)
                .header(body: body.bytes, sentAt: time.now())
            try await (reports ?? self.reports).receive(body.bytes, signature: header) { _ in body }
        }

        func history() async throws -> [String] {
            let id = order
            let order = try await installation.environment.store.read(tenant.id) { try $0.order(id)?.order }
            return (order?.history ?? []).map(\.status.rawValue)
        }

        /// Types of the order's events, in their order.
        func events() async throws -> [String] {
            try await installation.environment.store.read(tenant.id) {
                try $0.db.rows("SELECT type FROM order_events ORDER BY id", []) { try $0.text(0) }
            }
        }
    }

    @Test("A report is applied once, skipped statuses are passed through, and an old report changes nothing")
    func taken() async throws {
        let fixture = try await Fixture()
        let shipping: JSON = ["carrier": "UPS", "tracking": "1Z", "shipping_status": "In Transit"]
        for _ in 0..<2 { try await fixture.take(fixture.body("shipped", shipping: shipping)) }
        try await fixture.take(fixture.body("confirmed"))
        #expect(try await fixture.history() == ["pending", "confirmed", "processing", "shipped"])
        #expect(
            try await fixture.events() == [
                "order.created", "order.confirmed", "order.processing", "order.shipped",
            ])
        try await fixture.take(fixture.body("refunded"))
        try await fixture.take(fixture.body("delivered"))
        #expect(try await fixture.history().last == "refunded")
    }

    @Test("Reports in any order and any number of copies move an order along allowed edges only, one event for each")
    func property() async throws {
        var generator = SeededGenerator(seed: 20_251_222)
        for _ in 0..<12 {
            let fixture = try await Fixture()
            for _ in 0..<10 {
                let status = OrderStatus.allCases.randomElement(using: &generator) ?? .pending
                try await fixture.take(fixture.body(status.rawValue))
            }
            let history = try await fixture.history().compactMap(OrderStatus.init(rawValue:))
            #expect(history.first == .pending)
            for (from, to) in zip(history, history.dropFirst()) { #expect(from.next.contains(to)) }
            #expect(
                try await fixture.events()
                    == history.map { $0 == .pending ? "order.created" : "order.\($0.rawValue)" })
        }
    }

    @Test("A report with a missing, wrong or old signature is refused")
    func signatures() async throws {
        let fixture = try await Fixture()
        let body = fixture.body("confirmed")
        let valid = CallbackSignature(secret: OrderReportTests.secret)
        for header in [
            nil, "", valid.header(body: body.bytes + [32], sentAt: fixture.time.now()),
            valid.header(body: body.bytes, sentAt: fixture.time.now() - .seconds(301)),
            CallbackSignature(secret: "x").header(body: body.bytes, sentAt: fixture.time.now()),
        ] {
            await #expect(throws: ServiceError.unauthenticated) {
                try await fixture.reports.receive(body.bytes, signature: header) { _ in body }
            }
        }
        #expect(try await fixture.history() == ["pending"])
    }

    @Test("An invalid report has an error for each member, and an unknown order is not found")
    func malformed() async throws {
        let fixture = try await Fixture()
        let parcel: JSON = ["carrier": "UPS", "tracking": "1Z", "shipping_status": "In Transit"]
        func changed(_ name: String, _ value: JSON) -> JSON {
            .object((parcel.members ?? []).filter { $0.name != name } + [JSON.Member(name, value)])
        }
        let bodies: [(JSON, [String])] = [
            ([:], ["prescription", "status"]),
            (["prescription": 7, "status": "confirmed"], ["prescription"]),
            (fixture.body("lost"), ["status"]),
            (fixture.body("shipped", shipping: "UPS"), ["shipping"]),
            (
                fixture.body("shipped", shipping: ["carrier": 7]),
                ["shipping.carrier", "shipping.tracking", "shipping.shipping_status"]
            ),
            (fixture.body("shipped", shipping: changed("tracking", " ")), ["shipping.tracking"]),
            (fixture.body("shipped", shipping: changed("parcel_id", 7)), ["shipping.parcel_id"]),
            (fixture.body("shipped", shipping: changed("estimated_delivery", "soon")), ["shipping.estimated_delivery"]),
            (fixture.body("shipped", shipping: changed("estimated_delivery", "")), ["shipping.estimated_delivery"]),
            (fixture.body("shipped", shipping: changed("shipped_at", "yesterday")), ["shipping.shipped_at"]),
            (fixture.body("shipped", shipping: changed("shipped_at", "")), ["shipping.shipped_at"]),
            (fixture.body("shipped", shipping: changed("delivered_at", "2025-12-23")), ["shipping.delivered_at"]),
            (fixture.body("shipped", shipping: changed("delivered_at", 1_766_423_701)), ["shipping.delivered_at"]),
            (fixture.body("shipped", at: "yesterday"), ["at"]),
            (fixture.body("shipped", at: "2025-12-23"), ["at"]),
            (fixture.body("shipped", at: "2025-12-23T09:00:00"), ["at"]),
            (fixture.body("shipped", at: "2025-02-30T09:00:00Z"), ["at"]),
            (fixture.body("shipped", at: ""), ["at"]),
            (fixture.body("shipped", at: 1_766_423_701), ["at"]),
        ]
        for (body, names) in bodies {
            let error = await #expect(throws: ServiceError.self) { try await fixture.take(body) }
            guard case .invalid(let problems) = error else {
                Issue.record("\(body)")
                continue
            }
            #expect(problems.fields.map(\.name) == names)
            #expect(problems.fields.allSatisfy { field in field.sentences.allSatisfy { $0.hasPrefix(field.name) } })
        }
        #expect(try await fixture.history() == ["pending"])
        await #expect(throws: ServiceError.notFound) {
            try await fixture.take(["prescription": .string(UUID().uuidString.lowercased()), "status": "confirmed"])
        }
        // A sandbox's order is simulated here, without reports from a pharmacy.
        let sandboxed = try await fixture.installation.place(try await fixture.installation.order())
        await #expect(throws: ServiceError.notFound) {
            try await fixture.take(["prescription": .string(sandboxed.description), "status": "confirmed"])
        }
    }

    @Test("After half an hour without a report the pharmacy is queried, which replaces a lost report")
    func reconciled() async throws {
        let fixture = try await Fixture()
        let id = fixture.order
        #expect(try await fixture.reconciliation().reconcileDue() == fixture.time.now() + .minutes(30))
        #expect(fixture.system.state.withLock(\.asked).isEmpty)
        fixture.system.state.withLock { $0.reports[id] = [Order.Report(.confirmed), Order.Report(.processing)] }
        fixture.time.advance(by: .minutes(30))
        #expect(try await fixture.reconciliation().reconcileDue() == fixture.time.now() + .minutes(30))
        #expect(try await fixture.history() == ["pending", "confirmed", "processing"])
        // A report puts the question off.
        fixture.time.advance(by: .minutes(20))
        try await fixture.take(fixture.body("shipped"))
        #expect(try await fixture.reconciliation().reconcileDue() == fixture.time.now() + .minutes(30))
        // A finished order may still be refunded.
        try await fixture.take(fixture.body("delivered"))
        let delivered = fixture.time.now()
        #expect(try await fixture.reconciliation().reconcileDue() == delivered + .hours(24))
        var next: Timestamp? = delivered + .hours(24)
        var days = 0
        while let moment = next {
            fixture.time.advance(by: moment.since(fixture.time.now()))
            next = try await fixture.reconciliation().reconcileDue()
            days += 1
            try #require(days < 100)
        }
        #expect(days == 30)
        fixture.system.state.withLock { $0.reports[id] = [Order.Report(.refunded)] }
        try await fixture.take(fixture.body("refunded"))
        #expect(try await fixture.history().last == "refunded")
    }

    @Test("A pharmacy that does not respond is queried again when the claim has expired")
    func silentPharmacy() async throws {
        let fixture = try await Fixture()
        fixture.time.advance(by: .minutes(30))
        let unconfigured = OrderReports(
            environment: fixture.installation.environment,
            systems: PharmacySystems(sandbox: fixture.system, live: nil), callbackSecret: nil)
        #expect(
            try await fixture.reconciliation(unconfigured).reconcileDue()
                == fixture.time.now() + ServiceLimits.reconciliationLease)
        #expect(try await fixture.history() == ["pending"])
    }
}
