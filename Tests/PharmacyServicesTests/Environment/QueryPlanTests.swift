import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("Query plans", .timeLimit(.minutes(3)))
struct QueryPlanTests {
    /// Tables of which an installation has few rows, or that are read as a whole on purpose.
    private static let small = ["tenants", "wrapped_keys", "reseals", "schema_versions", "audit_head"]

    /// Indexes that contain only the few rows that are searched.
    private static let partial = ["webhook_endpoints_due"]

    /// The steps of a plan that scan a whole table.
    private func scans(_ installation: TestInstallation, _ statement: SQL, _ binds: [SQLValue]) async throws -> [String]
    {
        let steps = try await installation.environment.store.systemRead { scope in
            try scope.db.rows("EXPLAIN QUERY PLAN" + statement, binds) { try $0.text(3) }
        }
        return steps.filter { step in
            guard step.hasPrefix("SCAN ") else { return false }
            let words = step.split(separator: " ").map(String.init)
            return !(QueryPlanTests.small + ["CONSTANT", "destinations", "due", "waiting"]).contains(words[1])
                && !QueryPlanTests.partial.contains(words.last ?? "")
        }
    }

    @Test(
        "No statement on deliveries scans a table: due ones are found by index",
        .disabled(if: TestDatabase.isPostgreSQL, "tests SQLite's query plans"))
    func deliveries() async throws {
        let log = StatementLog()
        let installation = try await TestInstallation(statements: log)
        let first = try await installation.place(try await installation.order(webhookURLs: ["http://127.0.0.1:9/a"]))
        _ = try await installation.controls.advance(first, to: .shipped, tenant: installation.tenant)
        try await installation.endDueDeliveries(as: .failed)
        _ = try await installation.webhooks.recover(
            body: ["since": "2025-12-01T00:00:00Z", "url": "http://127.0.0.1:9/a"], tenant: installation.tenant)
        let now = installation.time.now()
        _ = try await installation.claimDeliveries(in: DeliverySlots(total: 64), limit: 1, at: now)
        _ = try await installation.environment.store.systemWrite { scope in
            try scope.releaseDeliveries(at: now)
            _ = try scope.longestDueDelivery(at: now)
            _ = try scope.endpointsDue(after: now)
            _ = try scope.rescheduleDeliveries(endpoint: 1, dueAfter: now, extended: now, claimed: false, to: now)
            return try scope.failingEndpoints()
        }
        _ = try await installation.webhooks.health(
            page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant)
        let listed = try await installation.webhooks.deliveries(
            DeliveryFilter(), page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant)
        let id = try #require(listed.items.first?["id"]?.text.flatMap(DeliveryID.init))
        _ = try await installation.webhooks.delivery(id, tenant: installation.tenant)
        _ = try await installation.webhooks.events(after: nil, limit: 10, tenant: installation.tenant)
        try await installation.endDueDeliveries(as: .succeeded)
        installation.time.advance(by: .days(31))
        try await RetentionSweeper(
            environment: installation.environment, retention: Retention(), logger: installation.logger
        ).prune()

        let statements = log.all.filter { statement, _ in
            statement.text.contains("webhook_") || statement.text.contains("order_events")
        }
        let queries = statements.filter { !$0.key.text.hasPrefix("CREATE") && !$0.key.text.hasPrefix("ALTER") }
            .filter { !$0.key.text.hasPrefix("DROP") && !$0.key.text.contains("SET destination = id") }
            .filter { !$0.key.isForPostgreSQLAlone && !$0.key.isForSQLiteAlone }
        #expect(queries.count > 30)
        for (statement, binds) in queries {
            #expect(try await scans(installation, statement, binds) == [], "\(statement.text)")
        }
    }

    @Test(
        "A filter that few rows match uses its index, in any order",
        .disabled(if: TestDatabase.isPostgreSQL, "tests SQLite's query plans"),
        arguments: [
            ("likeness = $2", "patients_by_likeness"), ("+d.tenant_id", "webhook_deliveries_queue"),
            ("recorded_at <", "webhook_deliveries_unfinished"),
        ])
    func indexes(statement part: String, index: String) async throws {
        let log = StatementLog()
        let installation = try await TestInstallation(statements: log)
        var filter = DeliveryFilter()
        filter.orderID = try await installation.place(
            try await installation.order(webhookURLs: ["http://127.0.0.1:9/a"]))
        let listed = try await installation.webhooks.deliveries(
            filter, page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant)
        #expect(listed.items.count == 1 && listed.total == 1)
        try await RetentionSweeper(
            environment: installation.environment, retention: Retention(), logger: installation.logger
        ).prune()
        let statements = log.all.filter { $0.key.text.contains(part) }
        #expect(!statements.isEmpty)
        for (statement, binds) in statements {
            let plan = try await installation.environment.store.systemRead { scope in
                try scope.db.rows("EXPLAIN QUERY PLAN" + statement, binds) { try $0.text(3) }
            }
            #expect(plan.contains { $0.contains(index) }, "\(statement.text): \(plan)")
            #expect(part != "likeness = $2" || !plan.contains { $0.contains("ORDER BY") }, "\(plan)")
        }
    }
}
