import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@Suite("Deliveries for operators", .timeLimit(.minutes(3)))
struct DeliveryOperationsTests {
    /// Two tenants, each with an order whose delivery has failed and an order whose delivery is pending.
    private struct Fixture {
        let installation: TestInstallation
        let operations: OperatorService
        let other: Tenant
        let failed: [OrderID]
        let pending: OrderID

        init() async throws {
            installation = try await TestInstallation()
            operations = OperatorService(
                environment: installation.environment, setupTokens: SetupTokens(fixed: nil), wipeEvery: .hours(24))
            other = try await installation.addTenant("other")
            let url = "http://127.0.0.1:9/hook?token=secret"
            let first = try await installation.place(as: installation.tenant, webhookURLs: [url])
            installation.time.advance(by: .seconds(1))
            failed = [first, try await installation.place(as: other, webhookURLs: [url])]
            try await installation.endDueDeliveries(as: .failed, response: Array("Jane Doe".utf8))
            installation.time.advance(by: .seconds(1))
            pending = try await installation.place(as: other, webhookURLs: [url])
        }

        func list(
            tenant: String? = nil, status: Delivery.Status? = nil, order: OrderID? = nil, limit: Int = 50
        ) async throws -> [JSON] {
            try await operations.deliveries(
                OperatorService.DeliverySelection(tenant: tenant, status: status, order: order, limit: limit))
        }
    }

    @Test("All tenants' are listed, the newest first, and narrowed by tenant, status, order and number")
    func list() async throws {
        let fixture = try await Fixture()
        let all = try await fixture.list()
        #expect(all.map { $0["tenant"]?.text } == ["other", "other", "sandbox"])
        #expect(all.map { $0["status"]?.text } == ["pending", "failed", "failed"])
        #expect(all.map { $0["order"]?.text } == ([fixture.pending] + fixture.failed.reversed()).map(\.description))
        for tenant in ["other", fixture.other.id.description] {
            #expect(try await fixture.list(tenant: tenant) == Array(all.prefix(2)))
        }
        #expect(try await fixture.list(status: .failed) == Array(all.suffix(2)))
        #expect(try await fixture.list(tenant: "other", status: .failed) == [all[1]])
        #expect(try await fixture.list(order: fixture.failed[0]) == [all[2]])
        #expect(try await fixture.list(limit: 1) == [all[0]])
        await #expect(throws: OperationError.noSuchTenant("nobody")) { try await fixture.list(tenant: "nobody") }
        await #expect(throws: OperationError.noSuchOrder(fixture.pending.description)) {
            try await fixture.list(tenant: "sandbox", order: fixture.pending)
        }
    }

    @Test("No URL secret, payload or response is shown, and everything that is shown is audited")
    func privacy() async throws {
        let fixture = try await Fixture()
        let listed = try await fixture.list()
        let id = try #require(listed.last?["id"]?.text)
        let shown = try await fixture.operations.delivery(id)
        #expect(shown["url"] == "http://127.0.0.1:9/hook")
        #expect(shown["id"]?.text == id)
        #expect(shown["attempt_log"]?.elements?.map { $0["status_code"] } == [500])
        #expect(shown["event_id"]?.text.flatMap(EventID.init) != nil)
        for document in listed + [shown] {
            let text = String(decoding: document.bytes, as: UTF8.self)
            for word in ["secret", "Jane", "payload", "response"] { #expect(!text.contains(word), "\(word)") }
        }
        let lines = try await fixture.installation.audited(.deliveryListed).flatMap(\.self)
        #expect(Set(lines) == Set(listed.compactMap { $0["id"]?.text }))
        #expect(try await fixture.installation.audited(.deliveryRead) == [[id]])
        for unknown in ["nonsense", fixture.pending.description] {
            await #expect(throws: OperationError.noSuchDelivery(unknown)) {
                try await fixture.operations.delivery(unknown)
            }
        }
    }

    @Test("Finished deliveries are redelivered, all that are named or none")
    func redeliver() async throws {
        let fixture = try await Fixture()
        let ids = try await fixture.list().compactMap { $0["id"]?.text }
        await #expect(throws: OperationError.deliveryPending(ids[0])) {
            try await fixture.operations.redeliver([ids[1], ids[0]])
        }
        await #expect(throws: OperationError.noSuchDelivery("x")) {
            try await fixture.operations.redeliver([ids[1], "x"])
        }
        #expect(try await fixture.list(status: .failed).count == 2)
        #expect(try await fixture.installation.audited(.deliveryRedelivered).isEmpty)
        #expect(try await fixture.operations.redeliver([ids[1], ids[2]]) == ["redelivered": 2])
        #expect(try await fixture.installation.audited(.deliveryRedelivered) == [[ids[1]], [ids[2]]])
        #expect(try await fixture.installation.endDueDeliveries(as: .succeeded).count == 3)
        #expect(try await fixture.list(status: .succeeded).count == 3)
    }

    @Test("All that have failed since a time are redelivered, for one tenant or for all")
    func failedSince() async throws {
        let fixture = try await Fixture()
        let operations = fixture.operations
        let now = fixture.installation.time.now()
        #expect(try await operations.redeliver(failedSince: now, ofTenant: nil) == ["redelivered": 0])
        let since = now + .seconds(-60)
        #expect(try await operations.redeliver(failedSince: since, ofTenant: "other") == ["redelivered": 1])
        #expect(try await fixture.list(status: .failed).map { $0["tenant"] } == ["sandbox"])
        #expect(try await operations.redeliver(failedSince: since, ofTenant: nil) == ["redelivered": 1])
        #expect(try await fixture.list(status: .failed).isEmpty)
        await #expect(throws: OperationError.noSuchTenant("nobody")) {
            try await operations.redeliver(failedSince: since, ofTenant: "nobody")
        }
    }

    @Test("Every command accepts a tenant's id, as logs show it, instead of its name")
    func tenantIDs() async throws {
        let fixture = try await Fixture()
        let id = fixture.other.id.description
        #expect(try await fixture.operations.tenant(named: id)["name"] == "other")
        #expect(try await fixture.operations.setStatus(.suspended, ofTenant: id)["status"] == "suspended")
        #expect(try await fixture.operations.credentials(ofTenant: id, includingRevoked: true).isEmpty)
        #expect(try await fixture.operations.quarantinedItems(ofTenant: id).isEmpty)
        #expect(try await fixture.operations.deleteTenant(named: id)["status"] == "deleted")
        await #expect(throws: OperationError.noSuchTenant(id)) { try await fixture.operations.tenant(named: id) }
    }
}
