import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Tenants that are deleted", .timeLimit(.minutes(3)))
struct TenantDeletionTests {
    private struct Fixture {
        let installation: TestInstallation
        let tenant: Tenant

        init(pharmacySystem: (any PharmacySystem)? = nil, time: ManualClock = ManualClock()) async throws {
            installation = try await TestInstallation(pharmacySystem: pharmacySystem, time: time)
            tenant = try await installation.addTenant("acme")
            for number in 1...3 {
                _ = try await installation.place(as: tenant, webhookURLs: ["http://127.0.0.1:9/\(number)"])
            }
            _ = try await installation.place(
                as: installation.tenant, webhookURLs: ["http://127.0.0.1:9/other"])
            try await installation.endDueDeliveries(as: .failed)
        }

        /// The numbers of rows of the tenant and of all others, by table.
        func rows() async throws -> (own: [String: Int64], others: [String: Int64]) {
            let id = SQLValue.text(tenant.id.description)
            return try await installation.environment.store.systemRead { scope in
                var own: [String: Int64] = [:]
                var others: [String: Int64] = [:]
                let row = try scope.db.row("SELECT id FROM tenants WHERE uuid = $1", [id]) { try $0.integer(0) }
                for (table, statement) in Fixture.counts {
                    let owners = try scope.db.rows(statement, []) { try $0.integer(0) }
                    own[table] = Int64(owners.count { $0 == row ?? -1 })
                    others[table] = Int64(owners.count { $0 != row ?? -1 })
                }
                return (own, others)
            }
        }

        private static let counts: [(String, SQL)] = [
            ("orders", "SELECT tenant_id FROM orders"), ("patients", "SELECT tenant_id FROM patients"),
            ("events", "SELECT tenant_id FROM order_events"), ("endpoints", "SELECT tenant_id FROM webhook_endpoints"),
            ("deliveries", "SELECT tenant_id FROM webhook_deliveries"),
            (
                "attempts",
                "SELECT d.tenant_id FROM webhook_attempts a JOIN webhook_deliveries d ON d.id = a.delivery_id"
            ),
        ]
    }

    @Test("The key is removed first, which deletes the tenant; records follow in batches, also after a crash")
    func resumes() async throws {
        let fixture = try await Fixture()
        let (installation, id) = (fixture.installation, fixture.tenant.id)
        let store = installation.environment.store
        let before = try await fixture.rows()
        #expect(before.own.values.allSatisfy { $0 == 3 })
        let begun = try await installation.operations.deleteTenant(named: "acme", waits: false)
        #expect(begun == ["name": "acme", "status": "deleting"])
        let keys = try await store.systemRead {
            try $0.db.row("SELECT COUNT(*) FROM wrapped_keys WHERE name = $1", [.text(id.description)]) {
                try $0.integer(0)
            }
        }
        #expect(keys == 0)
        installation.accounts.forgetVerifications()
        #expect(try await installation.accounts.tenant(named: "acme") == nil)
        await #expect(throws: StoreError.noSuchTenant) { try await store.read(id) { _ in } }
        await #expect(throws: OperationError.beingDeleted("acme")) {
            _ = try await installation.operations.createTenant(named: "acme", kind: .live)
        }
        #expect(try await installation.operations.tenants().last?["status"] == "deleting")
        #expect(try await fixture.rows().own == before.own)

        // A batch removes no more than its limit, and the process ends after it.
        #expect(try await store.systemWrite(.tenant(id)) { try $0.eraseSome(of: id, limit: 2) })
        let batch = try await fixture.rows()
        #expect(batch.own["deliveries"] == 1 && batch.own["attempts"] == 1 && batch.own["orders"] == 3)

        try await Erasure(environment: installation.environment).eraseDue(logger: installation.logger)
        let after = try await fixture.rows()
        #expect(after.own.values.allSatisfy { $0 == 0 })
        #expect(after.others == before.others)
        #expect(try await installation.operations.tenants().count == 1)
        #expect(try await installation.audited(.tenantDeleted) == [[id.description]])
        _ = try await installation.operations.createTenant(named: "acme", kind: .live)
    }

    @Test("A command that was stopped continues where it was when it is repeated")
    func repeated() async throws {
        let fixture = try await Fixture()
        let operations = fixture.installation.operations
        try await operations.deleteTenant(named: "acme", waits: false)
        var batches = 0
        let deleted = try await operations.deleteTenant(named: "acme") { _ in batches += 1 }
        #expect(deleted["status"] == "deleted")
        #expect(batches > 0)
        #expect(try await fixture.rows().own.values.allSatisfy { $0 == 0 })
        #expect(try await fixture.installation.audited(.tenantDeleted).count == 1)
        await #expect(throws: OperationError.noSuchTenant("acme")) {
            try await operations.deleteTenant(named: "acme")
        }
    }

    @Test("Background work of a tenant ends with its key: nothing reaches a pharmacy, and nothing is quarantined")
    func backgroundWork() async throws {
        let time = ManualClock()
        let system = ScriptedPharmacySystem(time: time)
        let fixture = try await Fixture(pharmacySystem: system, time: time)
        let installation = fixture.installation
        _ = try await installation.operations.rotateDataKeys(ofTenant: "acme")
        try await installation.operations.deleteTenant(named: "acme", waits: false)
        let dispatcher = OrderDispatcher(
            environment: installation.environment, systems: installation.systems, notifier: installation.notifier,
            logger: installation.logger)
        let rotation = DataKeyRotation(
            environment: installation.environment, notifier: installation.notifier, logger: installation.logger)
        #expect(try await dispatcher.dispatchDue() == nil)
        #expect(try await rotation.reencryptDue() == nil)
        #expect(system.state.withLock(\.submitted).count == 1, "the other tenant's alone")
        #expect(try await installation.quarantined().isEmpty)
    }
}
