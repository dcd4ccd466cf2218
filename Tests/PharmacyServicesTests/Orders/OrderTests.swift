import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Orders", .timeLimit(.minutes(3)))
struct OrderTests {
    @Test("A placed order is submitted to the pharmacy once, and proceeds to delivered")
    func walk() async throws {
        let installation = try await TestInstallation()
        let id = try await installation.place(try await installation.order())
        let dispatcher = OrderDispatcher(
            environment: installation.environment, systems: installation.systems, notifier: installation.notifier,
            logger: installation.logger)
        #expect(try await dispatcher.dispatchDue() == nil)
        let simulator = SandboxSimulator(
            environment: installation.environment, pace: .every(.seconds(5)), notifier: installation.notifier,
            logger: installation.logger)
        while let next = try await simulator.advanceDue() {
            installation.time.advance(by: next.since(installation.time.now()))
        }
        let order = try await installation.order(id)
        #expect(order["status"] == "delivered")
        let history = try #require(order["status_history"]?.elements).map { $0["status"]?.text }
        #expect(history == ["pending", "confirmed", "processing", "shipped", "delivered"])
        let changes = try #require(order["status_history"]?.elements).suffix(2).map { $0["at"] }
        let shipment = try #require(order["shipments"]?.elements?.first)
        #expect([shipment["shipped_at"], shipment["delivered_at"]] == changes)
    }

    @Test(
        "A memo selects the order's final status",
        arguments: ["fail": "failed", "cancel": "cancelled", "refund": "refunded", "hold": "pending"])
    func memo(word: String, status: String) async throws {
        let installation = try await TestInstallation()
        let id = try await installation.place(try await installation.order(memo: "sandbox:\(word) please"))
        let dispatcher = OrderDispatcher(
            environment: installation.environment, systems: installation.systems, notifier: installation.notifier,
            logger: installation.logger)
        _ = try await dispatcher.dispatchDue()
        let simulator = SandboxSimulator(
            environment: installation.environment, pace: .every(.seconds(5)), notifier: installation.notifier,
            logger: installation.logger)
        while let next = try await simulator.advanceDue() {
            installation.time.advance(by: next.since(installation.time.now()))
        }
        #expect(try await installation.order(id)["status"]?.text == status)
    }

    @Test("A cancelled order receives no more reports from its simulated pharmacy")
    func cancelled() async throws {
        let installation = try await TestInstallation()
        let id = try await installation.place(try await installation.order())
        let dispatcher = OrderDispatcher(
            environment: installation.environment, systems: installation.systems, notifier: installation.notifier,
            logger: installation.logger)
        _ = try await dispatcher.dispatchDue()
        _ = try await installation.orders.cancel(id, reason: nil, tenant: installation.tenant)
        let before = try await installation.order(id)
        let simulator = SandboxSimulator(
            environment: installation.environment, pace: .every(.seconds(5)), notifier: installation.notifier,
            logger: installation.logger)
        while let next = try await simulator.advanceDue() {
            installation.time.advance(by: next.since(installation.time.now()))
        }
        #expect(try await installation.order(id) == before)
        #expect(before["status"] == "cancelled" && before["event_sequence"] == 2)
    }

    @Test("Any number of concurrent requests with the same key and body place one order; another body is refused")
    func idempotency() async throws {
        let installation = try await TestInstallation()
        let body = try await installation.order()
        let request = IdempotencyRequest(key: "k", operation: "POST orders", body: body.bytes)
        let ids = await withTaskGroup(of: OrderID?.self) { group in
            for _ in 0..<50 {
                group.addTask { try? await installation.place(body, idempotency: request) }
            }
            return await group.reduce(into: Set<OrderID>()) { if let id = $1 { $0.insert(id) } }
        }
        #expect(ids.count == 1)
        let all = try await installation.orders.list(
            OrderFilter(), page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant)
        #expect(all.total == 1)
        let other = IdempotencyRequest(key: "k", operation: "POST orders", body: [1])
        await #expect(throws: ServiceError.idempotencyKeyReused) {
            _ = try await installation.place(body, idempotency: other)
        }
    }

    @Test(
        "While the pharmacy is down, a repeated order gets the first response, and a new order is refused"
    )
    func repetitionWhileDown() async throws {
        let time = ManualClock()
        let system = ScriptedPharmacySystem(time: time)
        let installation = try await TestInstallation(pharmacySystem: system, time: time)
        let body = try await installation.order()
        func request(_ key: String, _ body: JSON) -> IdempotencyRequest {
            IdempotencyRequest(key: key, operation: "POST orders", body: body.bytes)
        }
        let dearer = JSON.object((body.members ?? []) + [JSON.Member("expected_price", "0.01")])
        let placed = try await installation.place(body, idempotency: request("placed", body))
        let refusal = await #expect(throws: ServiceError.self) {
            _ = try await installation.place(dearer, idempotency: request("refused", dearer))
        }
        system.state.withLock { $0.isDown = true }
        time.advance(by: Catalog.servedFor)
        let fetches = system.state.withLock(\.fetches)
        #expect(try await installation.place(body, idempotency: request("placed", body)) == placed)
        await #expect(throws: ReplayedError(try #require(refusal))) {
            _ = try await installation.place(dearer, idempotency: request("refused", dearer))
        }
        await #expect(throws: ServiceError.idempotencyKeyReused) {
            _ = try await installation.place(dearer, idempotency: request("placed", dearer))
        }
        #expect(system.state.withLock(\.fetches) == fetches, "nothing is asked of the pharmacy")
        let unavailable = ServiceError.pharmacyUnavailable(retryAfter: ServiceLimits.pharmacyRetryAfter)
        for idempotency in [nil, request("new", body)] {
            await #expect(throws: unavailable) { _ = try await installation.place(body, idempotency: idempotency) }
        }
        // A 503 is not stored.
        system.state.withLock { $0.isDown = false }
        #expect(try await installation.place(body, idempotency: request("new", body)) != placed)
    }

    @Test("A retry is refused while the first request is in progress, and later gets the same order")
    func repetitionMeanwhile() async throws {
        let time = ManualClock()
        let system = ScriptedPharmacySystem(time: time)
        let installation = try await TestInstallation(pharmacySystem: system, time: time)
        let body = try await installation.order()
        let request = IdempotencyRequest(key: "k", operation: "POST orders", body: body.bytes)
        time.advance(by: Catalog.servedFor)
        let fetches = system.state.withLock(\.fetches)
        system.state.withLock { $0.isHolding = true }
        async let first = installation.place(body, idempotency: request)
        while system.state.withLock(\.fetches) == fetches { await Task.yield() }
        await #expect(throws: ServiceError.idempotencyInProgress) {
            _ = try await installation.place(body, idempotency: request)
        }
        system.release()
        let placed = try await first
        #expect(try await installation.place(body, idempotency: request) == placed)
    }

    @Test("An order without an idempotency key does not read the records of keys")
    func withoutKey() async throws {
        let log = StatementLog()
        let installation = try await TestInstallation(statements: log)
        let body = try await installation.order()
        _ = log.take()
        _ = try await installation.place(body)
        let statements = log.take().keys
        #expect(statements.contains { $0.text.contains("INSERT INTO orders") })
        #expect(!statements.contains { $0.text.contains("idempotency_records") })
    }

    @Test("An unknown patient and a medication of another pharmacy are reported together")
    func unknownReferences() async throws {
        let installation = try await TestInstallation()
        let body = try await installation.order()
        let changed = JSON.object(
            (body.members ?? []).map { member in
                switch member.name {
                case "patient_id": JSON.Member("patient_id", "00000000-0000-4000-8000-000000000000")
                case "pharmacy_id":
                    JSON.Member("pharmacy_id", .string(SimulatedPharmacies.all[1].id.description))
                default: member
                }
            })
        let problems = await #expect(throws: ServiceError.self) { _ = try await installation.place(changed) }
        guard case .invalid(let found) = problems else {
            Issue.record("not a validation problem")
            return
        }
        #expect(found.fields.map(\.name) == ["patient_id", "medication_id"])
    }

    @Test("A changed price is reported, and no order is placed")
    func expectedPrice() async throws {
        let installation = try await TestInstallation()
        let body = try await installation.order()
        let dearer = JSON.object((body.members ?? []) + [JSON.Member("expected_price", "0.01")])
        await #expect(throws: ServiceError.self) { _ = try await installation.place(dearer) }
        let all = try await installation.orders.list(
            OrderFilter(), page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant)
        #expect(all.total == 0)
    }

    // MARK: Verbs from Swift

    /// A draft for a new patient, with the first medication of the first pharmacy at its present price.
    private func draft(_ installation: TestInstallation, quantity: Int = 4) async throws -> OrderDraft {
        let patient = try await installation.createPatient()
        let pharmacy = SimulatedPharmacies.all[0].id
        let catalog = try await installation.pharmacies.medications(
            of: pharmacy, page: PageRequest(page: 1, perPage: 1), filter: CatalogFilter(), tenant: installation.tenant)
        let item = try #require(catalog.page.items.first)
        return OrderDraft(
            patientID: patient, pharmacyID: pharmacy, medicationID: item.medicationID, dispenseQuantity: quantity,
            daysSupply: nil, reference: "ORD-1", customerReference: nil, memo: nil, clinicalNotes: nil,
            webhookURLs: [], expectedPrice: item.price)
    }

    @Test("An order is submitted, advanced and cancelled without any JSON")
    func verbs() async throws {
        let installation = try await TestInstallation()
        let (orders, tenant) = (installation.orders, installation.tenant)
        let draft = try await draft(installation)
        func submit(dryRun: Bool) async throws -> Order {
            try await orders.submit(dryRun: dryRun, tenant: tenant, idempotency: nil) {
                () throws(ValidationErrors) in draft
            }.value.order
        }
        let preview = try await submit(dryRun: true)
        await #expect(throws: ServiceError.notFound) { _ = try await orders.get(preview.id, tenant: tenant) }
        let order = try await submit(dryRun: false)
        #expect(order.terms.shipTo?.city == "Austin" && order.terms.dispenseQuantity == draft.terms.dispenseQuantity)
        #expect(order.status == .pending && order.eventSequence == 1)
        #expect(order.medication.medicationID == draft.terms.medicationID)
        #expect(order.medication.price == draft.expectedPrice)
        #expect(try await orders.get(order.id, tenant: tenant).bytes == order.json.bytes)

        let confirmed = try await installation.controls.advance(order.id, to: .confirmed, tenant: tenant)
        #expect(confirmed.status == .confirmed && confirmed.eventSequence == 2)
        let cancelled = try await orders.cancel(order.id, reason: "Ordered twice", tenant: tenant)
        #expect(cancelled.status == .cancelled && cancelled.history.last?.reason == "Ordered twice")
        #expect(try await orders.get(order.id, tenant: tenant).bytes == cancelled.json.bytes)
        await #expect(throws: ServiceError.statusNotReachable(from: .cancelled, to: .shipped)) {
            _ = try await installation.controls.advance(order.id, to: .shipped, tenant: tenant)
        }
    }

    @Test("Terms and reasons created in code that break rules are refused, and nothing is stored")
    func invalidTerms() async throws {
        let installation = try await TestInstallation()
        let (orders, tenant) = (installation.orders, installation.tenant)
        let draft = try await draft(installation, quantity: 1001)
        let refused = await #expect(throws: ServiceError.self) {
            _ = try await orders.submit(tenant: tenant, idempotency: nil) { () throws(ValidationErrors) in draft }
        }
        let sentence = "dispense_quantity must be a whole number from 1 to 1000."
        #expect(refused == .invalid(ValidationErrors("dispense_quantity", sentence)))
        let all = try await orders.list(OrderFilter(), page: PageRequest(page: 1, perPage: 5), tenant: tenant)
        #expect(all.total == 0)

        let id = try await installation.place(try await installation.order())
        let reasons = [
            ("", "reason must not be blank."),
            (String(repeating: "a", count: 256), "reason must be at most 255 characters."),
        ]
        for (reason, sentence) in reasons {
            await #expect(throws: ServiceError.invalid(ValidationErrors("reason", sentence))) {
                _ = try await orders.cancel(id, reason: reason, tenant: tenant)
            }
        }
        #expect(try await installation.order(id)["status"] == "pending")
    }

    @Test("A retry returns the order as it was placed, whatever its present status")
    func replay() async throws {
        let installation = try await TestInstallation()
        let (orders, tenant) = (installation.orders, installation.tenant)
        let draft = try await draft(installation)
        let request = IdempotencyRequest(key: "k", operation: "POST orders", body: [1])
        func submit() async throws -> IdempotentResult<PlacedOrder> {
            try await orders.submit(tenant: tenant, idempotency: request) { () throws(ValidationErrors) in draft }
        }
        let first = try await submit()
        _ = try await orders.cancel(first.value.id, reason: nil, tenant: tenant)
        let again = try await submit()
        #expect(!first.isReplay && again.isReplay)
        #expect(again.value.order.json == first.value.order.json && again.value.order.status == .pending)
        // The recorded outcome is returned before the draft is read.
        let unread = try await orders.submit(tenant: tenant, idempotency: request) { () throws(ValidationErrors) in
            throw ValidationErrors("order_id", "order_id is not read again.")
        }
        #expect(unread.isReplay && unread.value.order.json == first.value.order.json)
    }
}
