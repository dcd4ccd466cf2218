import Foundation
import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

/// A change of the database outside the program, and the findings that it must cause.
struct Corruption: Sendable, CustomTestStringConvertible {
    let name: String
    let make: @Sendable (SystemScope) throws -> Void
    /// The members that disagree, by kind.
    let found: [IntegrityKind: [String]]

    var testDescription: String { name }

    init(
        _ name: String, _ found: [IntegrityKind: [String]], _ make: @escaping @Sendable (SystemScope) throws -> Void
    ) {
        self.name = name
        self.found = found
        self.make = make
    }

    init(_ found: [IntegrityKind: [String]], _ sql: SQL, _ binds: [SQLValue] = []) {
        self.init(sql.text, found) { scope in
            let changed = try scope.db.run(sql, binds)
            guard changed > 0 else { throw StoreError.broken("nothing was changed") }
        }
    }

    private static let orders: [Corruption] = [
        Corruption(
            [.orderStatus: ["status"]],
            "UPDATE orders SET status = 'shipped' WHERE id = (SELECT MIN(id) FROM orders)"),
        Corruption(
            [.orderColumns: ["created_at"]],
            "UPDATE orders SET created_at = created_at + 5000 WHERE id = (SELECT MIN(id) FROM orders)"),
        Corruption(
            [.orderColumns: ["updated_at"]],
            "UPDATE orders SET updated_at = updated_at + 5000 WHERE id = (SELECT MAX(id) FROM orders)"),
        Corruption(
            [.orderReferences: ["reference_digest", "customer_reference_digest"]],
            """
            UPDATE orders SET reference_digest = $1, customer_reference_digest = $1
            WHERE id = (SELECT MIN(id) FROM orders)
            """, [.blob([1])]),
        Corruption(
            [.orderDispatch: ["dispatch_at"]],
            "UPDATE orders SET dispatch_at = 1 WHERE id = (SELECT MIN(id) FROM orders)"),
        Corruption(
            [.orderDispatch: ["dispatch_at"]],
            "UPDATE orders SET dispatch_at = NULL WHERE id = (SELECT MAX(id) FROM orders)"),
        Corruption(
            [.orderDispatch: ["dispatch_attempts"]],
            "UPDATE orders SET dispatch_attempts = 0 WHERE id = (SELECT MIN(id) FROM orders)"),
        Corruption(
            [.orderDispatch: ["dispatch_state", "reconcile_at"]],
            """
            UPDATE orders SET dispatch_state = 'lost', reconcile_at = 1 WHERE id = (SELECT MAX(id) FROM orders)
            """),
        Corruption(
            [.orderSnapshot: ["patient_snapshot"]],
            """
            UPDATE orders SET patient_snapshot = (
                SELECT o.patient_snapshot FROM orders o WHERE o.id = (SELECT MAX(id) FROM orders))
            WHERE id = (SELECT MIN(id) FROM orders)
            """),
        Corruption(
            [.orderDocument: ["document"]],
            """
            UPDATE orders SET document = (SELECT o.document FROM orders o WHERE o.id = (SELECT MAX(id) FROM orders))
            WHERE id = (SELECT MIN(id) FROM orders)
            """),
        Corruption(
            [.orderHistory: ["events"]],
            "DELETE FROM order_events WHERE sequence = 2 AND order_id = (SELECT MIN(id) FROM orders)"),
        Corruption(
            [.orderHistory: ["type"], .eventPayload: ["type", "order.status"]],
            """
            UPDATE order_events SET type = 'order.shipped'
            WHERE sequence = 2 AND order_id = (SELECT MIN(id) FROM orders)
            """),
        Corruption(
            [.orderHistory: ["recorded_at"]],
            """
            UPDATE order_events SET recorded_at = recorded_at - 5000
            WHERE sequence = 2 AND order_id = (SELECT MIN(id) FROM orders)
            """),
        Corruption(
            [.orderHistory: ["recorded_at"], .eventPayload: ["timestamp"]],
            """
            UPDATE order_events SET recorded_at = recorded_at - 3600000 WHERE id = (SELECT MIN(id) FROM order_events)
            """),
        Corruption(
            [.orderHistory: ["events", "type", "sequence"], .eventPayload: ["sequence"]],
            """
            UPDATE order_events SET sequence = 9 WHERE sequence = 2 AND order_id = (SELECT MAX(id) FROM orders)
            """),
        Corruption(
            [.simulatedPrescription: ["step"]],
            "UPDATE simulated_prescriptions SET step = -1 WHERE order_id = (SELECT MIN(id) FROM orders)"),
    ]

    private static let webhooks: [Corruption] = [
        Corruption(
            [.eventPayload: ["payload"]],
            """
            UPDATE order_events SET payload = (
                SELECT e.payload FROM order_events e WHERE e.id = (SELECT MAX(id) FROM order_events))
            WHERE id = (SELECT MIN(id) FROM order_events)
            """),
        Corruption("Events of an order that exchange their places in the feed", [.eventFeed: ["tenant_sequence"]]) {
            scope in
            let own: SQL = "AND order_id = (SELECT MIN(id) FROM orders)"
            let places = try scope.db.rows(
                "SELECT tenant_sequence FROM order_events WHERE sequence IN (1, 2)" + own + "ORDER BY sequence", []
            ) { try $0.integer(0) }
            let move: SQL = "UPDATE order_events SET tenant_sequence = $1 WHERE sequence = $2"
            try scope.db.run(move + own, [1_000, 1])
            try scope.db.run(move + own, [.integer(places[0]), 2])
            try scope.db.run(move + own, [.integer(places[1]), 1])
        },
        Corruption(
            [.deliveryState: ["completed_at"]],
            """
            UPDATE webhook_deliveries SET completed_at = NULL WHERE id = (SELECT MIN(id) FROM webhook_deliveries)
            """),
        Corruption(
            [.deliveryState: ["due_at"], .endpointQueue: ["due_at"]],
            """
            UPDATE webhook_deliveries SET due_at = 1 WHERE id = (SELECT MIN(id) FROM webhook_deliveries)
            """),
        Corruption(
            [.deliveryQueue: ["status"]],
            """
            UPDATE webhook_deliveries SET status = 'ready', due_at = (SELECT MAX(due_at) FROM webhook_deliveries)
            WHERE status = 'waiting'
            """),
        Corruption(
            [.deliveryQueue: ["waiting"], .endpointQueue: ["due_at"]],
            """
            UPDATE webhook_deliveries SET status = 'failed', due_at = NULL, completed_at = 1 WHERE status = 'ready'
            """),
        Corruption(
            [.deliveryTargets: ["webhook_urls"]],
            "DELETE FROM webhook_deliveries WHERE id = (SELECT MIN(id) FROM webhook_deliveries)"),
        Corruption(
            [.deliveryAttempts: ["attempts"]],
            "DELETE FROM webhook_attempts WHERE id = (SELECT MIN(id) FROM webhook_attempts)"),
        Corruption(
            [.deliveryAttempts: ["answer"]],
            """
            UPDATE webhook_attempts SET answer = (
                SELECT a.answer FROM webhook_attempts a WHERE a.id = (SELECT MAX(id) FROM webhook_attempts))
            WHERE id = (SELECT MIN(id) FROM webhook_attempts)
            """),
        Corruption([.endpointQueue: ["due_at"]], "UPDATE webhook_endpoints SET due_at = 5"),
        Corruption([.endpointQueue: ["due_at", "is_held"]], "UPDATE webhook_endpoints SET is_held = 1"),
        Corruption(
            [.registeredEndpoint: ["events", "retry_schedule"]],
            "UPDATE registered_endpoints SET events = 'order.lost', retry_schedule = 'never'"),
        Corruption(
            [.registeredEndpoint: ["document"]], "UPDATE registered_endpoints SET document = $1", [.blob([1])]),
        Corruption(
            [.endpointURL: ["url_digest", "destination"]],
            "UPDATE webhook_endpoints SET url_digest = $1, destination = -1", [.blob([1])]),
        Corruption([.endpointHealth: ["is_failing"]], "UPDATE webhook_endpoints SET is_failing = 1"),
        Corruption(
            [.endpointHealth: ["recent_failures", "last_failure_at"]], "UPDATE webhook_endpoints SET failures = 3"),
        Corruption(
            [.webhookSecrets: ["webhook_secret"]], "UPDATE tenants SET webhook_secret = $1 WHERE name = 'sandbox'",
            [.blob([1, 2, 3])]),
        Corruption(
            [.grants: ["proof"]],
            "UPDATE tenants SET next_webhook_secret_at = 1 WHERE name = 'sandbox'"),
    ]

    private static let patients: [Corruption] = [
        Corruption(
            [.patientDocument: ["document"]],
            """
            UPDATE patients SET document = (
                SELECT p.document FROM patients p WHERE p.id = (SELECT MIN(id) FROM patients))
            WHERE id = (SELECT MAX(id) FROM patients)
            """),
        Corruption(
            [.patientDigests: ["likeness"]],
            "UPDATE patients SET likeness = $1 WHERE id = (SELECT MIN(id) FROM patients)", [.blob([1])]),
        Corruption(
            [.patientDigests: ["email"]],
            """
            UPDATE patients SET email = (
                SELECT p.email FROM patients p WHERE p.id = (SELECT MIN(id) FROM patients))
            WHERE id = (SELECT MAX(id) FROM patients)
            """),
        Corruption(
            [.patientColumns: ["created_at", "updated_at"]],
            """
            UPDATE patients SET created_at = created_at - 5000, updated_at = updated_at + 5000
            WHERE id = (SELECT MIN(id) FROM patients)
            """),
        Corruption(
            [.patientReferences: ["external_id_digest"]],
            "UPDATE patients SET external_id_digest = $1 WHERE id = (SELECT MIN(id) FROM patients)", [.blob([1])]),
        Corruption(
            [.deletedPatient: ["document", "external_id_digest"]],
            "UPDATE patients SET document = $1, external_id_digest = $1 WHERE deleted_at IS NOT NULL", [.blob([1])]),
        Corruption(
            [.patientTotals: ["live_count"]],
            """
            UPDATE patients SET live_count = live_count + 1
            WHERE change_sequence = (SELECT MAX(change_sequence) FROM patients)
            """),
        Corruption(
            [.patientTotals: ["change_sequence"]],
            """
            UPDATE patients SET change_sequence = (
                SELECT MIN(p.change_sequence) FROM patients p WHERE p.id > (SELECT MIN(id) FROM patients))
            WHERE id = (SELECT MIN(id) FROM patients)
            """),
    ]

    private static let accounts: [Corruption] = [
        Corruption(
            [.tenantKeys: ["previous_data_key"], .grants: ["proof"]],
            "UPDATE tenants SET previous_data_key = 999 WHERE name = 'sandbox'"),
        Corruption(
            [.tenantKeys: ["reseals"]],
            "INSERT INTO reseals (tenant_id, started_at) SELECT id, 0 FROM tenants WHERE name = 'sandbox'"),
        Corruption(
            [.wrappedKeys: ["wrapped", "tenants.data_key"]],
            """
            INSERT INTO wrapped_keys (id, purpose, name, wrapped, created_at) VALUES (777, 'tenant-data', 'x', $1, 0)
            """, [.blob([1])]),
        Corruption(
            [.idempotencyRecords: ["outcome"]], "UPDATE idempotency_records SET outcome = $1", [.blob([1])]),
        Corruption(
            [.orphan: ["order_id"], .simulatedPrescription: ["tenant_id"]],
            """
            UPDATE simulated_prescriptions SET tenant_id = (SELECT id FROM tenants WHERE name = 'other')
            WHERE order_id = (SELECT MIN(id) FROM orders)
            """),
        Corruption("A tenant with more active credentials than there may be", [.credentials: ["active"]]) { scope in
            guard let tenant = try scope.tenant(named: "sandbox") else { throw StoreError.noSuchTenant }
            for _ in 0...CredentialPolicy.activeLimit {
                let credential = Credential(
                    id: Identifier(UUID()), name: "many", scopes: CredentialScope.all,
                    createdAt: Timestamp(milliseconds: 0))
                try scope.tenant(tenant.id).insertCredential(credential, secretHash: [1])
            }
        },
        Corruption("A credential that somebody has added", [.grants: ["proof"]]) { scope in
            try scope.db.run(
                """
                INSERT INTO credentials (tenant_id, client_id, secret_hash, name, created_at)
                SELECT id, $1, $2, 'theirs', 0 FROM tenants WHERE name = 'sandbox'
                """, [.text(UUID().uuidString.lowercased()), .blob([1])])
        },
    ]

    static let all = orders + webhooks + patients + accounts
}

@Suite("The integrity check", .timeLimit(.minutes(2)))
struct IntegrityCheckTests {
    /// An installation with all kinds of records: a dispatched order with delivered webhooks, an order without any work, patients,
    /// one of them deleted, and an idempotency record.
    private func populatedInstallation(_ renderings: Renderings = .current) async throws -> TestInstallation {
        let installation = try await TestInstallation(renderings: renderings)
        let (environment, tenant) = (installation.environment, installation.tenant)
        let settled = try await installation.place(
            try await installation.order(webhookURLs: ["http://127.0.0.1:9/hook"]))
        let dispatcher = OrderDispatcher(
            environment: environment, systems: installation.systems, notifier: installation.notifier,
            logger: installation.logger)
        _ = try await dispatcher.dispatchDue()
        installation.time.advance(by: .milliseconds(1_500))
        _ = try await installation.controls.advance(settled, to: .confirmed, tenant: tenant)
        try await installation.endDueDeliveries(as: .succeeded, response: Array("ok".utf8))

        installation.time.advance(by: .milliseconds(1_500))
        let deleted = try await installation.createPatient(email: "gone@example.com")
        try await installation.patients.delete(deleted, tenant: tenant)
        let waiting = try await installation.place(
            try await installation.order(webhookURLs: ["http://127.0.0.1:9/hook"]))
        _ = try await installation.controls.advance(waiting, to: .confirmed, tenant: tenant)
        _ = try await installation.patients.create(
            body: TestInstallation.patient(email: "kept@example.com"), tenant: tenant,
            idempotency: IdempotencyRequest(key: "k", operation: "POST patients", body: [1]))
        _ = try await installation.webhooks.createEndpoint(body: ["url": "http://127.0.0.1:9/hook"], tenant: tenant)
        let other = Tenant(
            id: environment.entropy.identifier(), name: "other", kind: .live, status: .active,
            createdAt: environment.now, resetsAt: nil)
        let dataKey = environment.entropy.bytes(SealingKey.length)
        try await environment.store.systemWrite {
            try $0.createTenant(other, dataKey: dataKey, webhookSecret: "whsec_")
        }
        return installation
    }

    private func findings(
        _ installation: TestInstallation, tenant: String? = nil
    ) async throws -> (report: IntegrityReport, findings: [IntegrityFinding]) {
        var findings: [IntegrityFinding] = []
        let report = try await IntegrityChecker(environment: installation.environment)
            .check(tenant: tenant) { findings.append($0) }
        return (report, findings)
    }

    @Test("Each change outside the program is found, without false findings", arguments: Corruption.all)
    func finds(corruption: Corruption) async throws {
        let installation = try await populatedInstallation()
        #expect(try await findings(installation).findings == [])
        try await installation.environment.store.systemWrite { try corruption.make($0) }
        let (report, found) = try await findings(installation)
        #expect(
            Dictionary(grouping: found, by: \.kind).mapValues { $0.map(\.members) }
                == corruption.found.mapValues { [$0] })
        #expect(report.total == found.count)
    }

    @Test("Records whose representation is not the document are checked by their document")
    func laterRepresentation() async throws {
        let installation = try await populatedInstallation(.version2)
        #expect(try await findings(installation).findings == [])
        let changed = try await installation.environment.store.systemWrite {
            try $0.db.run("UPDATE orders SET created_at = created_at + 5000", [])
        }
        #expect(changed > 0)
        let found = try await findings(installation).findings
        #expect(found.count == changed && found.allSatisfy { $0.kind == .orderColumns })
    }

    @Test("Every kind of finding has such a test")
    func covers() {
        // Unreadable records have a separate test.
        #expect(Set(Corruption.all.flatMap(\.found.keys)) == Set(IntegrityKind.allCases).subtracting([.unreadable]))
    }

    @Test("A tenant without its data key is reported as unreadable, and the others are checked")
    func unreadable() async throws {
        let database = try TestDatabase()
        let installation = try await TestInstallation(opening: { try database.open(notifier: $0) })
        _ = try await installation.createPatient()
        _ = try await installation.environment.store.systemWrite {
            try $0.db.run(
                "DELETE FROM wrapped_keys WHERE id = (SELECT data_key FROM tenants WHERE name = 'sandbox')", [])
        }
        // The running server has the key cached.
        let restarted = try await Store(
            engine: try database.open(readingThreads: 1), masterKey: .fixed([UInt8](repeating: 1, count: 32)),
            now: installation.time.now())
        let environment = ServiceEnvironment(store: restarted, time: installation.time, entropy: .system)
        var findings: [IntegrityFinding] = []
        let report = try await IntegrityChecker(environment: environment).check { findings.append($0) }
        #expect(Set(findings.map(\.kind)) == [.unreadable, .tenantKeys])
        #expect(report.total == findings.count)
        await restarted.close()
        await installation.close()
    }

    @Test("There are no findings during a data key rotation, after a wipe, or after retention removed events")
    func clean() async throws {
        let installation = try await populatedInstallation()
        let (report, found) = try await findings(installation)
        #expect(found == [])
        #expect(report.tenants == 2)
        #expect(report.records > 10)

        let operations = OperatorService(
            environment: installation.environment, setupTokens: SetupTokens(fixed: nil), wipeEvery: .hours(24))
        _ = try await operations.rotateDataKeys(ofTenant: nil)
        #expect(try await findings(installation).findings == [])
        _ = try await installation.place(try await installation.order(webhookURLs: ["http://127.0.0.1:9/hook"]))
        #expect(try await findings(installation).findings == [])
        let rotation = DataKeyRotation(
            environment: installation.environment, notifier: installation.notifier, logger: installation.logger)
        _ = try await rotation.reencryptDue()
        #expect(try await findings(installation).findings == [])

        try await installation.endDueDeliveries(as: .failed)
        #expect(try await findings(installation).findings == [])
        installation.time.advance(by: ServiceLimits.webhookRetention + .days(1))
        let sweeper = RetentionSweeper(
            environment: installation.environment, retention: Retention(), logger: installation.logger)
        try await sweeper.prune()
        _ = try await rotation.reencryptDue()
        #expect(try await findings(installation).findings == [])

        try await installation.controls.wipe(installation.tenant)
        #expect(try await findings(installation).findings == [])
        try await operations.deleteTenant(named: "other")
        #expect(try await findings(installation).report.tenants == 1)
    }

    @Test("A busy server causes no findings")
    func besideWriters() async throws {
        let installation = try await populatedInstallation()
        let body = try await installation.order(webhookURLs: ["http://127.0.0.1:9/hook", "http://127.0.0.1:9/two"])
        let dispatcher = OrderDispatcher(
            environment: installation.environment, systems: installation.systems, notifier: installation.notifier,
            logger: installation.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<3 {
                group.addTask {
                    for _ in 0..<15 {
                        let order = try await installation.place(body)
                        _ = try await installation.controls.advance(
                            order, to: .delivered, tenant: installation.tenant)
                        if worker == 0 { _ = try await dispatcher.dispatchDue() }
                        if worker == 1 { try await installation.endDueDeliveries(as: .succeeded) }
                        let patient = try await installation.createPatient()
                        try await installation.patients.delete(patient, tenant: installation.tenant)
                    }
                }
            }
            group.addTask {
                for _ in 0..<10 {
                    let found = try await findings(installation).findings
                    #expect(found == [])
                }
            }
            try await group.waitForAll()
        }
        #expect(try await findings(installation).findings == [])
    }

    @Test("A check of one tenant covers only that tenant, and one of an unknown tenant fails")
    func oneTenant() async throws {
        let installation = try await populatedInstallation()
        try await installation.environment.store.systemWrite {
            _ = try $0.db.run("UPDATE orders SET status = 'failed'", [])
        }
        let (report, found) = try await findings(installation, tenant: "sandbox")
        #expect(report.counts == [.orderStatus: 2])
        #expect(found.allSatisfy { $0.tenant == installation.tenant.id && OrderID($0.subject) != nil })
        #expect(try await findings(installation, tenant: "other").report.total == 0)
        await #expect(throws: OperationError.noSuchTenant("nobody")) {
            try await findings(installation, tenant: "nobody")
        }
    }

    @Test("Findings name columns, and do not contain their values")
    func containsNoValues() async throws {
        let installation = try await populatedInstallation()
        try await installation.environment.store.systemWrite { scope in
            _ = try scope.db.run("UPDATE orders SET reference_in_clear = 'MRN-4711'", [])
            _ = try scope.db.run("UPDATE patients SET external_id_in_clear = 'MRN-4712' WHERE deleted_at IS NULL", [])
        }
        let (_, found) = try await findings(installation)
        #expect(found.count > 3)
        #expect(!"\(found)".contains("MRN-"))
    }
}
