import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("The contract of the store: events, deliveries and endpoints", .timeLimit(.minutes(2)))
struct WebhookStoreContractTests {
    @Test("The event feed has the tenant's own events, numbered without gaps", arguments: TestDatabase.engines)
    func events(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let first = try await tenants.addOrder()
            try await tenants.addOrder(of: tenants.other)
            let second = try await tenants.addOrder()
            try await tenants.cancel(first, of: tenants.own)
            let events = try await tenants.read { try $0.events(after: 0, limit: 100) }
            #expect(events.map(\.position) == [1, 2, 3])
            for (event, order) in zip(events, [first, second, first]) {
                #expect(String(decoding: event.payload, as: UTF8.self).contains(order.id.description))
            }
            #expect(try await tenants.read { try $0.latestEventPosition() } == 3)
            #expect(try await tenants.store.read(tenants.other) { try $0.latestEventPosition() } == 1)
        }
    }

    @Test("Deliveries are listed and read by their own tenant alone", arguments: TestDatabase.engines)
    func deliveries(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let own = try await tenants.addOrder()
            try await tenants.addOrder(of: tenants.other)
            func listed(by tenant: TenantID) async throws -> [DeliveryRecord] {
                try await tenants.store.read(tenant) {
                    try $0.deliveries(DeliveryFilter(), page: TwoTenants.page).items
                }
            }
            let mine = try await listed(by: tenants.own)
            let theirs = try await listed(by: tenants.other)
            #expect(mine.map(\.orderID) == [own.id])
            let (delivery, foreign) = (try #require(mine.first), try #require(theirs.first))
            #expect(try await tenants.read { try $0.delivery(delivery.id)?.orderID } == own.id)
            #expect(try await tenants.read { try $0.delivery(foreign.id)?.orderID } == nil)
            let payload = try await tenants.read { try $0.payload(of: delivery) }
            #expect(String(decoding: payload, as: UTF8.self).contains(own.id.description))
            // Not even a record of the other tenant's delivery opens its payload.
            await #expect(throws: (any Error).self) { _ = try await tenants.read { try $0.payload(of: foreign) } }
            #expect(try await tenants.read { try $0.attempts(of: foreign) }.isEmpty)
            let tenant = try await tenants.store.systemRead { try $0.tenant(withDelivery: delivery.id)?.id }
            #expect(tenant == tenants.own)
        }
    }

    @Test("A URL that both tenants use is an endpoint of each", arguments: TestDatabase.engines)
    func endpoints(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            try await tenants.addOrder()
            try await tenants.addOrder()
            try await tenants.addOrder(of: tenants.other)
            let own = try await tenants.read { try $0.endpoints(page: TwoTenants.page) }
            #expect(own.items.map(\.url.text) == [TwoTenants.url])
            #expect(own.items.map(\.pending) == [2])
            let other = try await tenants.store.read(tenants.other) { try $0.endpoints(page: TwoTenants.page) }
            #expect(other.items.map(\.pending) == [1])
            #expect(try await tenants.read { try $0.failingEndpoints() } == 0)
        }
    }

    @Test("Each tenant has webhook secrets of its own", arguments: TestDatabase.engines)
    func secrets(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let current = try await tenants.read { try $0.webhookSecrets().current }
            #expect(current == "whsec_own")
            let next = WebhookSecrets(current: "whsec_new")
            try await tenants.write { try $0.setWebhookSecrets(next) }
            #expect(try await tenants.read { try $0.webhookSecrets() } == next)
            let other = try await tenants.store.read(tenants.other) { try $0.webhookSecrets().current }
            #expect(other == "whsec_other")
        }
    }
}
