import Logging
import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Records that background work cannot process", .timeLimit(.minutes(2)))
struct QuarantineTests {
    /// An installation with a recorded log, an order of the sandbox and one of another tenant.
    private struct Fixture {
        let log = LogRecorder()
        let installation: TestInstallation
        let other: Tenant
        /// The order that a test corrupts, another one of the same tenant, and one of another tenant.
        let poisoned: OrderID
        let sibling: OrderID
        let stranger: OrderID

        init(webhookURLs: [String] = []) async throws {
            installation = try await TestInstallation(logger: log.logger)
            other = try await installation.addTenant("other")
            poisoned = try await installation.place(as: installation.tenant, webhookURLs: webhookURLs)
            sibling = try await installation.place(as: installation.tenant, webhookURLs: webhookURLs)
            stranger = try await installation.place(as: other, webhookURLs: webhookURLs)
        }

        var dispatcher: OrderDispatcher {
            OrderDispatcher(
                environment: installation.environment, systems: installation.systems, notifier: installation.notifier,
                logger: log.logger)
        }

        var reconciliation: OrderReconciliation {
            OrderReconciliation(
                environment: installation.environment, reports: installation.reports, notifier: installation.notifier,
                logger: log.logger)
        }

        var simulator: SandboxSimulator {
            SandboxSimulator(
                environment: installation.environment, pace: .every(.seconds(5)), notifier: installation.notifier,
                logger: log.logger)
        }

        func order(_ id: OrderID, of tenant: Tenant? = nil) async throws -> JSON {
            try JSON.parse(try await installation.orders.get(id, tenant: tenant ?? installation.tenant).bytes)
        }

        /// The one item that is recorded.
        func item() async throws -> JSON {
            let items = try await installation.operations.quarantinedItems(ofTenant: nil)
            #expect(items.count == 1)
            return try #require(items.first)
        }

        func retry() async throws {
            let id = try #require(try await item()["id"]?.wholeNumber)
            _ = try await installation.operations.retryQuarantined([Int64(id)], ofTenant: nil)
        }

        /// Expects that the item was reported once when it failed first, and once when it was left to an operator.
        func expectReports(begun: Int, left: Int, ended: Int) {
            #expect(log.count(.warning, "a record cannot be processed") == begun)
            #expect(log.count(.error, "a record cannot be processed") == left)
            #expect(log.count(.notice, "a record is processed again") == ended)
            #expect(log.count(.error, "an order could not") == 0)
        }
    }

    @Test("An unreadable order is not dispatched and others are; repaired and retried, it is dispatched")
    func dispatch() async throws {
        let fixture = try await Fixture()
        let heal = try await fixture.installation.poisonOrder(fixture.poisoned)
        let next = try await fixture.dispatcher.dispatchDue()
        #expect(next == fixture.installation.time.now() + QuarantinePolicy.firstWait)
        #expect(try await fixture.order(fixture.sibling)["dispatch"]?["status"] == "accepted")
        #expect(try await fixture.order(fixture.stranger, of: fixture.other)["dispatch"]?["status"] == "accepted")
        #expect(try await fixture.installation.quarantined() == ["dispatch \(fixture.poisoned)"])
        #expect(try await fixture.item()["reason"] == "undecryptable")
        for _ in 1..<QuarantinePolicy.tries {
            fixture.installation.time.advance(by: .minutes(30))
            _ = try await fixture.dispatcher.dispatchDue()
        }
        // It waits for an operator now.
        #expect(try await fixture.item()["next_try_at"] == .null)
        #expect(try await fixture.item()["tries"] == JSON(QuarantinePolicy.tries))
        #expect(try await fixture.dispatcher.dispatchDue() == nil)
        fixture.expectReports(begun: 1, left: 1, ended: 0)

        try await heal()
        #expect(try await fixture.dispatcher.dispatchDue() == nil)
        try await fixture.retry()
        #expect(try await fixture.dispatcher.dispatchDue() == nil)
        #expect(try await fixture.order(fixture.poisoned)["dispatch"]?["status"] == "accepted")
        #expect(try await fixture.installation.quarantined().isEmpty)
        fixture.expectReports(begun: 1, left: 1, ended: 1)
        #expect(try await fixture.installation.audited(.quarantineRetried) == [["dispatch/\(fixture.poisoned)"]])
    }

    @Test("A record that is repaired before its next retry needs no operator")
    func heals() async throws {
        let fixture = try await Fixture()
        let heal = try await fixture.installation.poison(
            "SELECT patient_snapshot FROM orders WHERE uuid = $1",
            "UPDATE orders SET patient_snapshot = $1 WHERE uuid = $2", id: .text(fixture.poisoned.description))
        _ = try await fixture.dispatcher.dispatchDue()
        try await heal()
        fixture.installation.time.advance(by: QuarantinePolicy.firstWait)
        #expect(try await fixture.dispatcher.dispatchDue() == nil)
        #expect(try await fixture.order(fixture.poisoned)["dispatch"]?["status"] == "accepted")
        #expect(try await fixture.installation.quarantined().isEmpty)
        fixture.expectReports(begun: 1, left: 0, ended: 1)
    }

    @Test("An order that was cancelled while it was quarantined never reaches the pharmacy")
    func cancelled() async throws {
        let time = ManualClock()
        let system = ScriptedPharmacySystem(time: time)
        let installation = try await TestInstallation(pharmacySystem: system, time: time)
        let id = try await installation.place(as: installation.tenant)
        let heal = try await installation.poisonOrder(id)
        let dispatcher = OrderDispatcher(
            environment: installation.environment, systems: installation.systems, notifier: installation.notifier,
            logger: installation.logger)
        _ = try await dispatcher.dispatchDue()
        try await heal()
        _ = try await installation.orders.cancel(id, reason: nil, tenant: installation.tenant)
        _ = try await installation.operations.retryQuarantined([], ofTenant: nil)
        time.advance(by: .minutes(1))
        #expect(try await dispatcher.dispatchDue() == nil)
        #expect(system.state.withLock(\.submitted).isEmpty)
        #expect(try await installation.order(id)["dispatch"]?["status"] == "withdrawn")
    }

    @Test("An unreadable patient does not prevent the dispatch of an order")
    func patient() async throws {
        let fixture = try await Fixture()
        let patient = try #require(try await fixture.order(fixture.poisoned)["patient_id"]?.text)
        _ = try await fixture.installation.poison(
            "SELECT document FROM patients WHERE uuid = $1", "UPDATE patients SET document = $1 WHERE uuid = $2",
            id: .text(patient))
        #expect(try await fixture.dispatcher.dispatchDue() == nil)
        #expect(try await fixture.order(fixture.poisoned)["dispatch"]?["status"] == "accepted")
        #expect(try await fixture.installation.quarantined().isEmpty)
    }

    @Test("An unreadable order does not advance in the simulation, and all others do")
    func simulation() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.dispatcher.dispatchDue()
        let heal = try await fixture.installation.poisonOrder(fixture.poisoned)
        fixture.installation.time.advance(by: .seconds(5))
        _ = try await fixture.simulator.advanceDue()
        #expect(try await fixture.order(fixture.sibling)["status"] == "confirmed")
        #expect(try await fixture.order(fixture.stranger, of: fixture.other)["status"] == "confirmed")
        #expect(try await fixture.installation.quarantined() == ["simulation \(fixture.poisoned)"])
        for _ in 1..<QuarantinePolicy.tries {
            fixture.installation.time.advance(by: .minutes(30))
            _ = try await fixture.simulator.advanceDue()
        }
        #expect(try await fixture.order(fixture.sibling)["status"] == "delivered")
        fixture.expectReports(begun: 1, left: 1, ended: 0)
        try await heal()
        try await fixture.retry()
        _ = try await fixture.simulator.advanceDue()
        #expect(try await fixture.order(fixture.poisoned)["status"] == "confirmed")
        #expect(try await fixture.installation.quarantined().isEmpty)
        fixture.expectReports(begun: 1, left: 1, ended: 1)
    }

    @Test("Pharmacies are queried about every order except the unreadable one")
    func reconciliation() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.dispatcher.dispatchDue()
        let heal = try await fixture.installation.poisonOrder(fixture.poisoned)
        let now = fixture.installation.time.now()
        try await fixture.installation.environment.store.systemWrite {
            _ = try $0.db.run("UPDATE orders SET reconcile_at = $1", [.integer(now.milliseconds)])
        }
        _ = try await fixture.reconciliation.reconcileDue()
        #expect(try await fixture.installation.quarantined() == ["reconciliation \(fixture.poisoned)"])
        let asked = try await fixture.installation.environment.store.systemRead {
            try $0.db.rows(
                "SELECT uuid FROM orders WHERE reconcile_at > $1",
                [
                    .integer((now + .minutes(20)).milliseconds)
                ]
            ) { try $0.text(0) }
        }
        #expect(Set(asked) == [fixture.sibling.description, fixture.stranger.description])
        try await heal()
        try await fixture.retry()
        _ = try await fixture.reconciliation.reconcileDue()
        #expect(try await fixture.installation.quarantined().isEmpty)
        fixture.expectReports(begun: 1, left: 0, ended: 1)
    }

    @Test("A tenant whose records cannot be decrypted is one item, and delays no other tenant")
    func tenant() async throws {
        let fixture = try await Fixture(webhookURLs: ["http://127.0.0.1:9/hook"])
        _ = try await fixture.dispatcher.dispatchDue()
        let late = try await fixture.installation.place(as: fixture.installation.tenant)
        let theirs = try await fixture.installation.place(as: fixture.other)
        _ = try await fixture.installation.operations.rotateDataKeys(ofTenant: nil)
        let heal = try await fixture.installation.poisonKey(of: fixture.installation.tenant)
        fixture.installation.time.advance(by: .seconds(5))
        let rotation = DataKeyRotation(
            environment: fixture.installation.environment, notifier: fixture.installation.notifier,
            logger: fixture.log.logger
        )
        _ = try await fixture.dispatcher.dispatchDue()
        _ = try await fixture.simulator.advanceDue()
        _ = try await rotation.reencryptDue()
        #expect(try await fixture.order(fixture.stranger, of: fixture.other)["status"] == "confirmed")
        #expect(try await fixture.order(theirs, of: fixture.other)["dispatch"]?["status"] == "accepted")
        let keys = try await fixture.installation.operations.dataKeys(ofTenant: "other").first
        #expect(keys?["sealed_anew_at"]?.text != nil)
        #expect(try await fixture.installation.quarantined() == ["tenant "])
        #expect(try await fixture.item()["tries"] == 1)
        for _ in 1..<QuarantinePolicy.tries {
            fixture.installation.time.advance(by: .minutes(30))
            _ = try await fixture.dispatcher.dispatchDue()
            _ = try await fixture.simulator.advanceDue()
        }
        #expect(try await fixture.item()["next_try_at"] == .null)
        fixture.expectReports(begun: 1, left: 1, ended: 0)
        // Retention opens nothing.
        fixture.installation.time.advance(by: .days(31))
        try await fixture.installation.environment.store.systemWrite {
            _ = try $0.db.run("UPDATE webhook_deliveries SET status = 'failed', due_at = NULL, completed_at = 1", [])
        }
        try await RetentionSweeper(
            environment: fixture.installation.environment, retention: Retention(), logger: fixture.log.logger
        ).prune()
        let events = try await fixture.installation.environment.store.systemRead {
            try $0.db.row(
                "SELECT COUNT(*) FROM order_events WHERE recorded_at < $1",
                [
                    .integer((fixture.installation.time.now() - .days(31)).milliseconds)
                ]
            ) { try $0.integer(0) }
        }
        #expect(events == 0)

        try await heal()
        try await fixture.retry()
        fixture.installation.time.advance(by: ServiceLimits.quarantineRecheck)
        _ = try await fixture.dispatcher.dispatchDue()
        #expect(try await fixture.order(late)["dispatch"]?["status"] != "pending")
        #expect(try await fixture.installation.quarantined().isEmpty)
        fixture.expectReports(begun: 1, left: 1, ended: 1)
    }

    @Test(
        "The old data key is retained for a record that cannot be re-encrypted, and removed after its repair",
        arguments: [
            (
                "patients", "SELECT document FROM patients WHERE id = $1",
                "UPDATE patients SET document = $1 WHERE id = $2"
            ),
            ("orders", "SELECT document FROM orders WHERE id = $1", "UPDATE orders SET document = $1 WHERE id = $2"),
            (
                "orders", "SELECT patient_snapshot FROM orders WHERE id = $1",
                "UPDATE orders SET patient_snapshot = $1 WHERE id = $2"
            ),
            (
                "order_events", "SELECT payload FROM order_events WHERE id = $1",
                "UPDATE order_events SET payload = $1 WHERE id = $2"
            ),
            (
                "webhook_endpoints", "SELECT url FROM webhook_endpoints WHERE id = $1",
                "UPDATE webhook_endpoints SET url = $1 WHERE id = $2"
            ),
            (
                "webhook_deliveries", "SELECT answer FROM webhook_attempts WHERE delivery_id = $1",
                "UPDATE webhook_attempts SET answer = $1 WHERE delivery_id = $2"
            ),
        ] as [(String, SQL, SQL)])
    func reencryption(table: String, read: SQL, write: SQL) async throws {
        let log = LogRecorder()
        let installation = try await TestInstallation(logger: log.logger)
        for number in 1...3 {
            _ = try await installation.place(
                as: installation.tenant, webhookURLs: ["http://127.0.0.1:9/\(number)"])
        }
        try await installation.endDueDeliveries(as: .succeeded, response: Array("ok".utf8))
        let rotation = DataKeyRotation(
            environment: installation.environment, notifier: installation.notifier, logger: log.logger)
        _ = try await installation.operations.rotateDataKeys(ofTenant: nil)
        let heal = try await installation.poison(read, write, id: 2)
        _ = try await rotation.reencryptDue()
        #expect(try await installation.quarantined() == ["reencryption \(table)/2"])
        var keys = try #require(try await installation.operations.dataKeys(ofTenant: nil).first)
        #expect(keys["records_outstanding"] == 1)
        #expect(keys["sealed_anew_at"]?.text != nil)
        for _ in 1..<QuarantinePolicy.tries {
            installation.time.advance(by: .minutes(30))
            _ = try await rotation.reencryptDue()
        }
        installation.time.advance(by: .hours(25))
        #expect(try await rotation.reencryptDue() == nil)
        #expect(try await installation.audited(.dataKeyRetired).isEmpty, "the record would be lost for good")
        #expect(log.count(.warning, "a record cannot be processed") == 1)
        #expect(log.count(.error, "a record cannot be processed") == 1)

        try await heal()
        _ = try await installation.operations.retryQuarantined([], ofTenant: "sandbox")
        #expect(try await rotation.reencryptDue() == nil)
        #expect(try await installation.quarantined().isEmpty)
        #expect(try await installation.audited(.dataKeyRetired).count == 1)
        keys = try #require(try await installation.operations.dataKeys(ofTenant: nil).first)
        #expect(keys["records_outstanding"] == .null)
        #expect(log.count(.notice, "a record is processed again") == 1)
    }

    @Test("A damaged signing key is replaced, and prevents neither the start nor the rotation")
    func signingKey() async throws {
        let log = LogRecorder()
        let installation = try await TestInstallation(logger: log.logger)
        _ = try await installation.poison(
            "SELECT wrapped FROM wrapped_keys WHERE purpose = $1",
            "UPDATE wrapped_keys SET wrapped = $1 WHERE purpose = $2", id: "signing")
        for _ in 1...2 { try await installation.accounts.rotateSigningKeys() }
        #expect(log.count(.error, "keys that sign access tokens do not open") == 1)
        let keys = try await installation.environment.store.systemRead { try $0.signingKeys().count }
        #expect(keys == 1)
    }

    @Test("Items that have not failed for a day are removed, except those of re-encryption")
    func prune() async throws {
        let installation = try await TestInstallation()
        let now = installation.time.now()
        let tenant = installation.tenant.id
        try await installation.environment.store.systemWrite { scope in
            for work in [QuarantinedItem.Work.dispatch, .reencryption] {
                let key = QuarantinedItem.Key(work, "orders/1", of: tenant)
                _ = try scope.recordFailure(ItemFailure(key, .malformed), at: now)
            }
        }
        let quarantine = installation.environment.quarantine
        try await quarantine.prune()
        #expect(try await installation.quarantined().count == 2)
        installation.time.advance(by: ServiceLimits.quarantineRetention + .minutes(1))
        try await quarantine.prune()
        #expect(try await installation.quarantined() == ["reencryption orders/1"])
    }
}
