import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Orders")
struct OrderTests {
    @Test("A placed order is handed to the pharmacy once, and walks to delivered")
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
    }

    @Test(
        "A magic memo makes the order end as it says",
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

    @Test("An order that was cancelled hears no more of its simulated pharmacy")
    func cancelled() async throws {
        let installation = try await TestInstallation()
        let id = try await installation.place(try await installation.order())
        let dispatcher = OrderDispatcher(
            environment: installation.environment, systems: installation.systems, notifier: installation.notifier,
            logger: installation.logger)
        _ = try await dispatcher.dispatchDue()
        _ = try await installation.orders.cancel(id, body: [:], tenant: installation.tenant)
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

    @Test("The same key and body place one order, however many ask at once; another body is refused")
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
        "The repetition of an order that was accepted is answered the same while the pharmacy is down; a new one is not"
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
        // A 503 is not kept.
        system.state.withLock { $0.isDown = false }
        #expect(try await installation.place(body, idempotency: request("new", body)) != placed)
    }

    @Test("A repetition that comes while the first is at the pharmacy is told to wait; then it gets the same order")
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
        system.letGo()
        let placed = try await first
        #expect(try await installation.place(body, idempotency: request) == placed)
    }

    @Test("An order without a key asks nothing of the records of keys")
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

    @Test("An unknown patient and a medication of another pharmacy are told together")
    func strangers() async throws {
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

    @Test("A price that moved is told, and nothing is ordered")
    func expectedPrice() async throws {
        let installation = try await TestInstallation()
        let body = try await installation.order()
        let dearer = JSON.object((body.members ?? []) + [JSON.Member("expected_price", "0.01")])
        await #expect(throws: ServiceError.self) { _ = try await installation.place(dearer) }
        let all = try await installation.orders.list(
            OrderFilter(), page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant)
        #expect(all.total == 0)
    }
}
