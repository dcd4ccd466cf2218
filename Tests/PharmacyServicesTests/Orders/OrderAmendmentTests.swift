import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Changes of orders", .timeLimit(.minutes(3)))
struct OrderAmendmentTests {
    private static let address = ShipTo(
        recipient: "Front Desk", address1: "400 Lake Street", address2: nil, city: "Chicago", state: "IL", zip: "60601")

    /// A tenant with a scripted pharmacy system, and an order of it.
    private struct Fixture {
        let installation: TestInstallation
        let system: ScriptedPharmacySystem
        let dispatcher: OrderDispatcher
        let id: OrderID

        var orders: Orders { installation.orders }
        var tenant: Tenant { installation.tenant }

        init(members: [JSON.Member] = []) async throws {
            let time = ManualClock()
            system = ScriptedPharmacySystem(time: time)
            installation = try await TestInstallation(pharmacySystem: system, time: time)
            dispatcher = OrderDispatcher(
                environment: installation.environment, systems: installation.systems, notifier: installation.notifier,
                logger: installation.logger)
            let body = try await installation.order().members ?? []
            id = try await installation.place(.object(body + [JSON.Member("order_id", "A")] + members))
        }

        func amend(_ change: @escaping @Sendable (OrderAmendment) -> OrderAmendment) async throws -> Order {
            try await orders.amend(id, tenant: tenant) { amendment throws(ValidationErrors) in change(amendment) }
        }

        func stored() async throws -> Order? {
            let id = id
            return try await installation.environment.store.read(tenant.id) { try $0.order(id)?.order }
        }
    }

    private static func shipped(to address: ShipTo?) -> @Sendable (OrderAmendment) -> OrderAmendment {
        { old in
            OrderAmendment(
                reference: old.reference, customerReference: old.customerReference, memo: old.memo,
                webhookURLs: old.webhookURLs, shipTo: address)
        }
    }

    private static func referenced(as reference: String?) -> @Sendable (OrderAmendment) -> OrderAmendment {
        { old in
            OrderAmendment(
                reference: reference, customerReference: old.customerReference, memo: old.memo,
                webhookURLs: old.webhookURLs, shipTo: old.shipTo)
        }
    }

    @Test("An order that is not dispatched yet is changed without its pharmacy, and is found by its new reference")
    func beforeDispatch() async throws {
        let fixture = try await Fixture()
        let changed = try await fixture.amend(Self.shipped(to: Self.address))
        #expect(changed.terms.shipTo == Self.address && changed.eventSequence == 1)
        _ = try await fixture.amend(Self.referenced(as: "B"))
        #expect(fixture.system.state.withLock { $0.amended.isEmpty })
        for (reference, count) in [("A", 0), ("B", 1)] {
            var filter = OrderFilter()
            filter.reference = reference
            let found = try await fixture.orders.list(
                filter, page: PageRequest(page: 1, perPage: 5), tenant: fixture.tenant)
            #expect(found.items.count == count)
        }
        _ = try await fixture.dispatcher.dispatchDue()
        #expect(fixture.system.state.withLock { $0.submitted } == [fixture.id])
        #expect(try await fixture.stored()?.terms.shipTo == Self.address)
        // The patient's own address again.
        let reset = try await fixture.amend(Self.shipped(to: nil))
        #expect(reset.terms.shipTo?.city == "Austin")
    }

    @Test(
        "The pharmacy that has an order is asked, each time with a higher number, and nothing changes until it agrees")
    func afterDispatch() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.dispatcher.dispatchDue()
        fixture.system.state.withLock { $0.amendments = [.tooLate, .unavailable(PharmacySystemFailure(.timedOut))] }
        await #expect(throws: ServiceError.orderNotChangeable(.pending)) {
            _ = try await fixture.amend(Self.shipped(to: Self.address))
        }
        await #expect(throws: ServiceError.pharmacyUnavailable(retryAfter: .seconds(30))) {
            _ = try await fixture.amend(Self.shipped(to: Self.address))
        }
        #expect(try await fixture.stored()?.terms.shipTo?.city == "Austin")
        let changed = try await fixture.amend(Self.shipped(to: Self.address))
        #expect(changed.terms.shipTo == Self.address)
        #expect(try await fixture.stored() == changed)
        let asked = fixture.system.state.withLock { $0.amended }
        #expect(asked.map(\.order.terms.shipTo) == [Self.address, Self.address, Self.address])
        #expect(zip(asked, asked.dropFirst()).allSatisfy { $0.number < $1.number })
    }

    @Test("What does not concern the pharmacy is changed without it, and a change to the same is none")
    func withoutPharmacy() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.dispatcher.dispatchDue()
        let url = WebhookURL(stored: "https://example.com/new")
        let changed = try await fixture.amend { old in
            OrderAmendment(
                reference: old.reference, customerReference: "C", memo: old.memo, webhookURLs: [url],
                shipTo: old.shipTo)
        }
        #expect(changed.terms.webhookURLs == [url] && changed.webhookURLsSince == 2)
        let same = try await fixture.amend(\.self)
        #expect(same == changed)
        #expect(fixture.system.state.withLock { $0.amended.isEmpty })
        let entries = try await fixture.installation.environment.store.read(fixture.tenant.id) { scope in
            try scope.order(fixture.id)?.order.updatedAt
        }
        #expect(entries == changed.updatedAt)
    }

    @Test("Two changes at the same time are both made, and the pharmacy learns of both")
    func concurrently() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.dispatcher.dispatchDue()
        async let first = fixture.amend(Self.shipped(to: Self.address))
        async let second = fixture.amend(Self.referenced(as: "B"))
        _ = try await (first, second)
        let stored = try #require(try await fixture.stored())
        #expect(stored.terms.shipTo == Self.address && stored.terms.reference == "B")
        let last = try #require(fixture.system.state.withLock { $0.amended.max { $0.number < $1.number } })
        #expect(last.order.terms.shipTo == Self.address && last.order.terms.reference == "B")
    }

    @Test("An order that is on its way, or no longer pending, or at an older system, is not changed")
    func refused() async throws {
        let fixture = try await Fixture()
        fixture.system.state.withLock { $0.slowPharmacies = [SimulatedPharmacies.all[0].id] }
        async let dispatched = fixture.dispatcher.dispatchDue()
        for await _ in fixture.system.arrivals { break }
        await #expect(throws: ServiceError.orderBeingDispatched) {
            _ = try await fixture.amend(Self.shipped(to: Self.address))
        }
        fixture.system.releaseSubmissions()
        _ = try await dispatched
        fixture.system.state.withLock { $0.takesDetails = false }
        fixture.installation.time.advance(by: .minutes(2))
        await #expect(throws: ServiceError.self) { _ = try await fixture.amend(Self.shipped(to: Self.address)) }
        await #expect(throws: ServiceError.orderNotChangeable(.pending)) {
            _ = try await fixture.amend(Self.referenced(as: "B"))
        }
        #expect(fixture.system.state.withLock { $0.amended.isEmpty })
        _ = try await fixture.orders.cancel(fixture.id, reason: nil, tenant: fixture.tenant)
        await #expect(throws: ServiceError.orderNotChangeable(.cancelled)) {
            _ = try await fixture.amend(Self.referenced(as: "C"))
        }
    }

    @Test("An order is not sent to a state to which its pharmacy does not ship, neither at first nor later")
    func states() async throws {
        let fixture = try await Fixture()
        fixture.system.state.withLock { $0.shipsToStates = ["TX"] }
        fixture.installation.time.advance(by: .minutes(2))
        await #expect(throws: ServiceError.self) { _ = try await fixture.amend(Self.shipped(to: Self.address)) }
        #expect(try await fixture.stored()?.terms.shipTo?.state == "TX")
        fixture.system.state.withLock { $0.shipsToStates = ["IL"] }
        fixture.installation.time.advance(by: .minutes(2))
        _ = try await fixture.amend(Self.shipped(to: Self.address))
        #expect(try await fixture.stored()?.terms.shipTo?.state == "IL")
    }

    // MARK: Refills

    private static func nothing() throws(ValidationErrors) -> RefillChanges {
        RefillChanges(
            reference: "R", customerReference: nil, memo: nil, webhookURLs: nil, shipTo: nil, expectedPrice: nil)
    }

    @Test("An order is filled again as often as it was authorized, also by its refills")
    func refills() async throws {
        let fixture = try await Fixture(members: [JSON.Member("refills_authorized", 2)])
        let first = try await fixture.orders.refill(
            fixture.id, tenant: fixture.tenant, idempotency: nil, changes: Self.nothing
        ).value.order
        #expect(first.refillOf == fixture.id && first.terms.reference == "R" && first.terms.dispenseQuantity == 4)
        #expect(first.terms.refillsAuthorized == nil && first.terms.shipTo?.city == "Austin")
        let second = try await fixture.orders.refill(
            first.id, tenant: fixture.tenant, idempotency: nil, changes: Self.nothing
        ).value.order
        #expect(second.refillOf == fixture.id)
        #expect(try await fixture.stored()?.refills == [first.id, second.id])
        await #expect(throws: ServiceError.refillNotAllowed(.usedUp)) {
            _ = try await fixture.orders.refill(
                second.id, tenant: fixture.tenant, idempotency: nil, changes: Self.nothing)
        }
        _ = try await fixture.orders.cancel(second.id, reason: nil, tenant: fixture.tenant)
        let third = try await fixture.orders.refill(
            fixture.id, tenant: fixture.tenant, idempotency: nil, changes: Self.nothing
        ).value.order
        #expect(third.refillOf == fixture.id)
    }

    @Test(
        "Refills that arrive at the same time do not exceed what was authorized, and a repeated one is the same order")
    func refillsAtOnce() async throws {
        let fixture = try await Fixture(members: [JSON.Member("refills_authorized", 3)])
        let placed = await withTaskGroup(of: OrderID?.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    try? await fixture.orders.refill(
                        fixture.id, tenant: fixture.tenant, idempotency: nil, changes: Self.nothing
                    ).value.id
                }
            }
            return await group.reduce(into: Set<OrderID>()) { if let id = $1 { $0.insert(id) } }
        }
        #expect(placed.count == 3)
        #expect(Set(try await fixture.stored()?.refills ?? []) == placed)

        let other = try await Fixture(members: [JSON.Member("refills_authorized", 3)])
        let key = IdempotencyRequest(key: "k", operation: "POST orders/refill", body: [])
        let one = try await other.orders.refill(
            other.id, tenant: other.tenant, idempotency: key, changes: Self.nothing)
        let again = try await other.orders.refill(
            other.id, tenant: other.tenant, idempotency: key, changes: Self.nothing)
        #expect(again.isReplay && again.value.id == one.value.id)
        #expect(try await other.stored()?.refills == [one.value.id])
    }

    @Test("One key for refills of two orders is two keys: neither refill takes the place of the other")
    func refillsOfTwoOrders() async throws {
        let fixture = try await Fixture(members: [JSON.Member("refills_authorized", 1)])
        let body = try await fixture.installation.order().members ?? []
        let other = try await fixture.installation.place(.object(body + [JSON.Member("refills_authorized", 1)]))
        let key = IdempotencyRequest(key: "k", operation: "POST orders/{uuid}/refill", body: [])
        for id in [fixture.id, other] {
            let refill = try await fixture.orders.refill(
                id, tenant: fixture.tenant, idempotency: key, changes: Self.nothing)
            #expect(!refill.isReplay && refill.value.order.refillOf == id)
        }
    }

    @Test("An order without authorized refills, a cancelled one and an unknown one are not filled again")
    func noRefill() async throws {
        let plain = try await Fixture()
        await #expect(throws: ServiceError.refillNotAllowed(.notAuthorized)) {
            _ = try await plain.orders.refill(plain.id, tenant: plain.tenant, idempotency: nil, changes: Self.nothing)
        }
        let fixture = try await Fixture(members: [JSON.Member("refills_authorized", 2)])
        _ = try await fixture.orders.cancel(fixture.id, reason: nil, tenant: fixture.tenant)
        await #expect(throws: ServiceError.refillNotAllowed(.ended)) {
            _ = try await fixture.orders.refill(
                fixture.id, tenant: fixture.tenant, idempotency: nil, changes: Self.nothing)
        }
        await #expect(throws: ServiceError.notFound) {
            _ = try await fixture.orders.refill(
                plain.id, tenant: fixture.tenant, idempotency: nil, changes: Self.nothing)
        }
    }
}
