import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("Backlog metrics", .timeLimit(.minutes(1)))
struct BacklogTests {
    @Test("Orders and deliveries are counted while they wait, with the age of the oldest, and not afterwards")
    func counted() async throws {
        let installation = try await TestInstallation()
        let (store, placed) = (installation.environment.store, installation.time.now())
        func backlogs() async throws -> [WaitingWork: Backlog] {
            let now = installation.time.now()
            return try await store.systemRead { try $0.backlogs(at: now) }
        }
        #expect(try await backlogs().values.allSatisfy { $0.count == 0 && $0.oldest == nil })
        for _ in 0..<3 {
            _ = try await installation.place(try await installation.order(webhookURLs: ["http://127.0.0.1:9/a"]))
            installation.time.advance(by: .seconds(10))
        }
        let waiting = try await backlogs()
        #expect(waiting[.dispatches]?.count == 3 && waiting[.dispatches]?.oldest == placed)
        #expect(waiting[.deliveries]?.count == 3 && waiting[.deliveries]?.oldest == placed)
        #expect(waiting[.dueDeliveries]?.count == 3)

        try await installation.endDueDeliveries(as: .succeeded)
        _ = try await OrderDispatcher(
            environment: installation.environment, systems: installation.systems, notifier: installation.notifier,
            logger: installation.logger
        ).dispatchDue()
        try await installation.endDueDeliveries(as: .succeeded)
        #expect(try await backlogs().values.allSatisfy { $0.count == 0 && $0.oldest == nil })
        try await BacklogMetrics.record(installation.environment)
        await installation.close()
    }

    @Test(
        "Each count reads an index that contains only waiting work",
        .disabled(if: TestDatabase.isPostgreSQL, "tests SQLite's query plans"))
    func plans() async throws {
        let log = StatementLog()
        let installation = try await TestInstallation(statements: log)
        _ = log.take()
        let now = installation.time.now()
        _ = try await installation.environment.store.systemRead { try $0.backlogs(at: now) }
        let counts = log.take()
        #expect(counts.count == WaitingWork.allCases.count)
        for (statement, binds) in counts {
            let steps = try await installation.environment.store.systemRead { scope in
                try scope.db.rows("EXPLAIN QUERY PLAN" + statement, binds) { try $0.text(3) }
            }
            #expect(steps.contains { $0.contains("INDEX") }, "\(steps)")
            for step in steps where step.hasPrefix("SCAN ") {
                #expect(
                    step.hasSuffix("waiting")
                        || ["orders_by_dispatch_lane", "webhook_deliveries_unfinished", "webhook_endpoints_due"]
                            .contains { step.contains($0) },
                    "\(step)")
            }
        }
        await installation.close()
    }
}
