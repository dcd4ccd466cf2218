import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("The contract of the store: registered endpoints", .timeLimit(.minutes(2)))
struct RegisteredEndpointContractTests {
    private static let registered = "http://127.0.0.1:9/registered"

    private func endpoint(
        at url: String = registered, events: [WebhookEventType] = [], isPaused: Bool = false
    ) -> RegisteredEndpoint {
        RegisteredEndpoint(
            id: EndpointID(UUID()),
            details: EndpointDetails(
                url: WebhookURL(stored: url), events: events, description: "Reports", isPaused: isPaused,
                retrySchedule: .extended),
            secrets: WebhookSecrets(current: "whsec_endpoint"), createdAt: TwoTenants.now, updatedAt: TwoTenants.now)
    }

    /// What is delivered to each URL of a tenant, the oldest first.
    private func delivered(_ tenants: TwoTenants, of tenant: TenantID? = nil) async throws -> [String: [String]] {
        let deliveries = try await tenants.store.read(tenant ?? tenants.own) {
            try $0.deliveries(DeliveryFilter(), page: TwoTenants.page).items
        }
        return Dictionary(grouping: deliveries.reversed(), by: \.url.text).mapValues { $0.map(\.event.rawValue) }
    }

    private func claim(
        _ tenants: TwoTenants, at now: Timestamp = TwoTenants.now + .seconds(60)
    ) async throws -> [ClaimedDelivery] {
        let plan = try await tenants.store.systemRead {
            try $0.planDeliveries(in: DeliverySlots(total: 512), limit: 100, at: now)
        }
        var claimed: [ClaimedDelivery] = []
        for (tenant, claims) in plan.claims {
            claimed += try await tenants.store.write(tenant) {
                try $0.claimDeliveries(claims, at: now, leaseExpiresAt: now + .seconds(20)).deliveries
            }
        }
        return claimed
    }

    @Test("An endpoint is read back as it was stored, by its own tenant alone", arguments: TestDatabase.engines)
    func records(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            var own = endpoint(events: [.order(.shipped)])
            let first = own
            try await tenants.write { try $0.insertRegisteredEndpoint(first) }
            let theirs = endpoint()
            try await tenants.store.write(tenants.other) { try $0.insertRegisteredEndpoint(theirs) }
            #expect(try await tenants.read { try $0.registeredEndpoints() } == [own])
            #expect(try await tenants.read { try $0.registeredEndpoint(theirs.id) } == nil)
            #expect(try await tenants.read { try $0.registeredEndpoint(at: first.details.url)?.id } == own.id)
            #expect(try await tenants.read { try $0.registeredEndpointCount() } == 1)
            #expect(try await tenants.write { try $0.deleteRegisteredEndpoint(theirs.id) } == false)

            own.details.isPaused = true
            own.details.description = nil
            own.updatedAt = TwoTenants.now + .seconds(5)
            own.secrets = own.secrets.rotated(
                to: WebhookSecrets.Next(secret: "whsec_next", activatesAt: TwoTenants.now + .hours(1)),
                at: TwoTenants.now)
            let changed = own
            try await tenants.write { try $0.updateRegisteredEndpoint(changed) }
            #expect(try await tenants.read { try $0.registeredEndpoint(changed.id) } == changed)
            let other = try await tenants.store.read(tenants.other) { try $0.registeredEndpoints() }
            #expect(other == [theirs])

            #expect(try await tenants.write { try $0.deleteRegisteredEndpoint(changed.id) })
            #expect(try await tenants.read { try $0.registeredEndpoints() }.isEmpty)
            // A URL without deliveries goes with its endpoint.
            #expect(try await tenants.read { try $0.endpoints(page: TwoTenants.page).total } == 0)
        }
    }

    @Test("Nothing of an endpoint is stored in clear that may be a secret", arguments: TestDatabase.engines)
    func sealed(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let own = endpoint()
            try await tenants.write { try $0.insertRegisteredEndpoint(own) }
            let document = try await tenants.store.systemRead { scope in
                try scope.db.row("SELECT document FROM registered_endpoints", []) { try $0.blob(0) }
            }
            let text = String(decoding: try #require(document), as: UTF8.self)
            for secret in ["whsec_", "registered", "Reports"] { #expect(!text.contains(secret)) }
        }
    }

    @Test(
        "An event has one delivery for each URL: the order's, and those of endpoints that want it",
        arguments: TestDatabase.engines)
    func fanOut(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            for one in [
                endpoint(), endpoint(at: TwoTenants.url), endpoint(at: "http://127.0.0.1:9/paused", isPaused: true),
                endpoint(at: "http://127.0.0.1:9/cancelled", events: [.order(.cancelled)]),
            ] {
                try await tenants.write { try $0.insertRegisteredEndpoint(one) }
            }
            let order = try await tenants.addOrder()
            try await tenants.cancel(order, of: tenants.own)
            try await tenants.addOrder(of: tenants.other)
            #expect(
                try await delivered(tenants) == [
                    TwoTenants.url: ["order.created", "order.cancelled"],
                    Self.registered: ["order.created", "order.cancelled"],
                    "http://127.0.0.1:9/cancelled": ["order.cancelled"],
                ])
            #expect(try await delivered(tenants, of: tenants.other) == [TwoTenants.url: ["order.created"]])
        }
    }

    @Test(
        "A delivery has the secret and the schedule of the endpoint at its URL, and otherwise the tenant's",
        arguments: TestDatabase.engines)
    func signing(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let own = endpoint()
            try await tenants.write { try $0.insertRegisteredEndpoint(own) }
            try await tenants.addOrder()
            let claimed = try await claim(tenants)
            let secrets = Dictionary(claimed.map { ($0.url.text, $0.secrets.current) }) { first, _ in first }
            #expect(secrets == [TwoTenants.url: "whsec_own", Self.registered: "whsec_endpoint"])
            let schedules = Dictionary(claimed.map { ($0.url.text, $0.schedule) }) { first, _ in first }
            #expect(schedules == [TwoTenants.url: .standard, Self.registered: .extended])
        }
    }

    @Test(
        "A paused endpoint's deliveries are held until it is resumed, also those of orders that name its URL",
        arguments: TestDatabase.engines)
    func pausing(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            var own = endpoint(at: TwoTenants.url)
            let active = own
            try await tenants.write { try $0.insertRegisteredEndpoint(active) }
            try await tenants.addOrder()
            own.details.isPaused = true
            let paused = own
            // Planned before the pause: the claim sees it nevertheless.
            let now = TwoTenants.now + .seconds(60)
            let plan = try await tenants.store.systemRead {
                try $0.planDeliveries(in: DeliverySlots(total: 512), limit: 100, at: now)
            }
            #expect(plan.claims[tenants.own]?.isEmpty == false)
            try await tenants.write { try $0.updateRegisteredEndpoint(paused) }
            let late = try await tenants.write {
                try $0.claimDeliveries(plan.claims[tenants.own] ?? [], at: now, leaseExpiresAt: now + .seconds(20))
            }
            #expect(late.deliveries.isEmpty)
            try await tenants.addOrder()
            #expect(try await claim(tenants).isEmpty)
            try await tenants.write { try $0.updateRegisteredEndpoint(active) }
            #expect(try await claim(tenants).count == 2)
        }
    }

    @Test(
        "Deliveries that wait go to an endpoint's new URL, and end where it was deleted",
        arguments: TestDatabase.engines)
    func redirection(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let (moved, deleted) = (endpoint(), endpoint(at: "http://127.0.0.1:9/deleted"))
            for one in [moved, deleted] { try await tenants.write { try $0.insertRegisteredEndpoint(one) } }
            let order = try await tenants.addOrder()
            var next = moved
            next.details.url = WebhookURL(stored: "http://127.0.0.1:9/new")
            let changed = next
            try await tenants.write { scope in
                try scope.updateRegisteredEndpoint(changed)
                _ = try scope.deleteRegisteredEndpoint(deleted.id)
            }
            #expect(try await claim(tenants).map(\.url.text) == [TwoTenants.url])
            #expect(try await claim(tenants).map(\.url.text) == ["http://127.0.0.1:9/new"])
            let ended = try await tenants.read { scope in
                try scope.deliveries(DeliveryFilter(), page: TwoTenants.page).items.first { $0.status == .failed }
            }
            let failed = try #require(ended)
            #expect(failed.orderID == order.id && failed.url == deleted.details.url)
            let attempts = try await tenants.read { try $0.attempts(of: failed) }
            #expect(attempts.map(\.error) == ["not sent: the registered endpoint was deleted"])
        }
    }

    @Test(
        "A change of an endpoint's health is one event for the others, and none of the feed",
        arguments: TestDatabase.engines)
    func health(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let failing = endpoint()
            let watching = endpoint(at: "http://127.0.0.1:9/watch", events: [.endpoint(.failing)])
            let blind = endpoint(at: "http://127.0.0.1:9/blind", events: [.order(.refunded)])
            for one in [failing, watching, blind] {
                try await tenants.write { try $0.insertRegisteredEndpoint(one) }
            }
            for number in 1...6 {
                try await tenants.addOrder()
                let now = TwoTenants.now + .minutes(number)
                let claimed = try await claim(tenants, at: now).filter { $0.url == failing.details.url }
                let attempt = Delivery.Attempt(at: now, duration: .zero, statusCode: 500, error: nil, response: [])
                try await tenants.write { scope in
                    _ = try scope.record(
                        claimed.map { AttemptResult(delivery: $0, attempt: attempt, verdict: .failed) }, at: now,
                        identifiers: .random)
                }
            }
            let sent = try await delivered(tenants)
            #expect(sent["http://127.0.0.1:9/watch"] == ["endpoint.failing"])
            #expect(sent["http://127.0.0.1:9/blind"] == nil)
            #expect(sent[Self.registered]?.contains("endpoint.failing") == false)
            let reports = try await claim(tenants, at: TwoTenants.now + .hours(1)).filter {
                $0.url == watching.details.url
            }
            let payload = try JSON.parse(try #require(reports.first).payload)
            #expect(payload["event"] == "endpoint.failing")
            #expect(payload["endpoint"] == ["uuid": .string(failing.id.description), "host": "127.0.0.1"])
            let feed = try await tenants.read { try $0.events(after: 0, limit: 100) }
            #expect(feed.count == 6)
            #expect(try await tenants.read { try $0.latestEventPosition() } == 7)
        }
    }

    @Test("Endpoints and events without an order go with the tenant", arguments: TestDatabase.engines)
    func erasure(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let (own, theirs) = (endpoint(), endpoint())
            try await tenants.write { try $0.insertRegisteredEndpoint(own) }
            try await tenants.store.write(tenants.other) { try $0.insertRegisteredEndpoint(theirs) }
            try await tenants.addOrder()
            try await tenants.store.erase(tenants.own)
            let left = try await tenants.store.systemRead { scope in
                try scope.db.rows("SELECT uuid FROM registered_endpoints", []) { try $0.text(0) }
            }
            #expect(left == [theirs.id.description])
        }
    }
}
