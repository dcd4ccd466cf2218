import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

/// Nodes that share a PostgreSQL database.
@Suite("Several nodes", .enabled(if: TestDatabase.isPostgreSQL), .timeLimit(.minutes(3)))
struct SeveralNodesTests {
    /// Two nodes that are started concurrently on an empty database.
    private func nodes() async throws -> (TestInstallation, TestInstallation) {
        let (url, time) = (try TestDatabase.newURL(), ManualClock())
        async let first = TestInstallation(time: time, sharing: url)
        async let second = TestInstallation(time: time, sharing: url)
        return (try await first, try await second)
    }

    @Test("Nodes that start concurrently on an empty database create its tables, keys and sandbox once")
    func start() async throws {
        let (first, second) = try await nodes()
        #expect(first.tenant == second.tenant)
        let tenants = try await second.environment.store.systemRead { try $0.tenants() }
        #expect(tenants.map(\.name) == [Tenant.builtInSandboxName])
        let patient = try await first.createPatient()
        let found = try await second.patients.get(patient, tenant: second.tenant)
        #expect(try JSON.parse(found.bytes)["uuid"]?.text == patient.description)
    }

    @Test("A patient created on one node is found by e-mail on the other at once, and not after deletion")
    func search() async throws {
        let (first, second) = try await nodes()
        var filter = PatientFilter()
        for number in 1...20 {
            filter.email = "P\(number)@EXAMPLE"
            let wanted = filter
            let patient = try await first.createPatient(email: "p\(number)@example.com")
            let found = try await second.patients.list(
                wanted, page: PageRequest(page: 1, perPage: 25), tenant: second.tenant)
            #expect(try found.items.map { try JSON.parse($0.bytes)["uuid"]?.text } == [patient.description])
            try await second.patients.delete(patient, tenant: second.tenant)
            let left = try await first.patients.list(
                wanted, page: PageRequest(page: 1, perPage: 25), tenant: first.tenant)
            #expect(left.items.isEmpty)
        }
    }

    @Test("An order placed on one node wakes the services of the other")
    func wake() async throws {
        let (first, second) = try await nodes()
        // The notification of its own start; the next one can only come from the other node.
        await second.notifier.wait(for: .dispatch)
        _ = try await first.place(try await first.order())
        await second.notifier.wait(for: .dispatch)
    }

    @Test("A node does not claim what another has claimed until the claim expires")
    func claims() async throws {
        let (first, second) = try await nodes()
        let body = try await first.order(webhookURLs: ["http://127.0.0.1:9/hook"])
        for _ in 1...40 { _ = try await first.place(body) }
        @Sendable func claim(_ node: TestInstallation) async throws -> (orders: [OrderID], deliveries: [Int64]) {
            var (orders, deliveries): ([OrderID], [Int64]) = ([], [])
            let now = node.time.now()
            for _ in 1...10 {
                orders += try await node.environment.store.systemWrite(.claims) {
                    try $0.claimDispatches(limit: 4, at: now, leaseExpiresAt: now + ServiceLimits.dispatchLease)
                }.map(\.order)
                deliveries += try await node.claimDeliveries(
                    in: DeliverySlots(total: 2_048), limit: 4, at: now
                ).deliveries.map(\.key)
            }
            return (orders, deliveries)
        }
        async let mine = claim(first)
        async let theirs = claim(second)
        let (one, other) = (try await mine, try await theirs)
        let (orders, deliveries) = (one.orders + other.orders, one.deliveries + other.deliveries)
        #expect(orders.count == 40 && Set(orders).count == 40)
        #expect(Set(deliveries).count == deliveries.count && !deliveries.isEmpty)
        first.time.advance(by: ServiceLimits.dispatchLease)
        #expect(try await claim(second).orders.count == 40)
    }

    @Test("A node whose clock is two minutes fast claims nothing that another has claimed")
    func fastNode() async throws {
        let url = try TestDatabase.newURL()
        let times = [ManualClock(), ManualClock(ManualClock().now() + .seconds(120))]
        let nodes = [
            try await TestInstallation(time: times[0], sharing: url),
            try await TestInstallation(time: times[1], sharing: url),
        ]
        let clocks = times.map { DatabaseClock(local: $0) }
        for (clock, node) in zip(clocks, nodes) { try await clock.read(from: node.environment.store) }
        // Placed and claimed by the same clock: the node that serves it has no other.
        let environment = ServiceEnvironment(store: nodes[0].environment.store, time: clocks[0], entropy: .system)
        let orders = Orders(
            environment: environment, pharmacies: nodes[0].pharmacies, systems: nodes[0].systems, servedOnLoopback: true
        )
        _ = try await orders.submit(
            body: try await nodes[0].order(webhookURLs: ["http://127.0.0.1:9/hook"]), dryRun: false,
            tenant: nodes[0].tenant, idempotency: nil)
        @Sendable func claim(_ node: TestInstallation, at now: Timestamp) async throws -> [Int] {
            let orders = try await node.environment.store.systemWrite(.claims) {
                try $0.claimDispatches(limit: 4, at: now, leaseExpiresAt: now + ServiceLimits.dispatchLease)
            }
            let claimed = try await node.claimDeliveries(in: DeliverySlots(total: 64), limit: 4, at: now)
            return [orders.count, claimed.deliveries.count]
        }
        // The fast node's reading is of later.
        let first = try await claim(nodes[0], at: max(clocks[0].now(), clocks[1].now()))
        #expect(first == [1, 1])
        let second = try await claim(nodes[1], at: clocks[1].now())
        #expect(second == [0, 0])
        times[1].advance(by: ServiceLimits.dispatchLease + .seconds(1))
        let third = try await claim(nodes[1], at: clocks[1].now())
        #expect(third == [1, 1])
        withExtendedLifetime(nodes) {}
    }

    @Test("A sandbox that is due is wiped once, however many nodes there are")
    func wipe() async throws {
        let (first, second) = try await nodes()
        first.time.advance(by: .hours(25))
        async let mine = first.controls.wipeDue()
        async let theirs = second.controls.wipeDue()
        _ = (try await mine, try await theirs)
        #expect(try await second.audited(.sandboxWiped).count == 1)
    }

    @Test("Events of concurrent orders on two nodes are numbered without gaps; the audit log stays unbroken")
    func rowIDSequence() async throws {
        let (first, second) = try await nodes()
        let body = try await first.order()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                let node = number.isMultiple(of: 2) ? first : second
                group.addTask { _ = try await node.place(body) }
            }
            try await group.waitForAll()
        }
        let store = second.environment.store
        let positions = try await store.read(second.tenant.id) { try $0.latestEventPosition() }
        #expect(positions == 60)
        guard case .unbroken = try await AuditLog(store: store).verify() else {
            Issue.record("the audit log is broken")
            return
        }
    }
}
