import PharmacyDomain
import PharmacyStore
import PharmacyTestSupport
import Testing

@testable import PharmacyServices

@Suite("Whether requests can be served", .timeLimit(.minutes(3)))
struct StoreReadinessTests {
    /// An installation whose engine can be made to fail.
    private func setting() async throws -> (
        installation: TestInstallation, engine: FailingEngine, readiness: StoreReadiness
    ) {
        let (installation, engine) = try await TestInstallation.failing()
        return (installation, engine, StoreReadiness(environment: installation.environment))
    }

    @Test("However many callers there are, the database is probed once a second")
    func cached() async throws {
        let (installation, engine, readiness) = try await setting()
        func probes() -> Int { engine.count(of: .write) }
        let before = probes()
        for _ in 0..<200 { #expect(await readiness.reason() == nil) }
        #expect(probes() == before + 1)
        installation.time.advance(by: ServiceLimits.readinessCacheLifetime)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<200 { group.addTask { #expect(await readiness.reason() == nil) } }
        }
        #expect(probes() == before + 2)
        await installation.close()
    }

    @Test(
        "It is not ready while writes fail, with a public reason, and is ready when they succeed again",
        arguments: [
            (StoreAccess.write, StoreError.unavailable(StoreFault(.diskFull, "SECRET")), "the database's disk is full"),
            (.write, .unavailable(StoreFault(.readOnly, "SECRET")), "the database takes no writes"),
            (.write, .broken(StoreFault(.damaged, "SECRET")), "the database is damaged"),
            (.read, .unavailable(StoreFault(.unreachable, "SECRET")), "the database server cannot be reached"),
            (.read, .broken("SECRET"), "the database fails"),
        ])
    func failing(access: StoreAccess, error: StoreError, reason: String) async throws {
        let (installation, engine, readiness) = try await setting()
        #expect(await readiness.reason() == nil)
        engine.failAll([access], with: error)
        installation.time.advance(by: ServiceLimits.readinessCacheLifetime)
        #expect(await readiness.reason() == reason)
        engine.failAll(with: nil)
        installation.time.advance(by: ServiceLimits.failedWriteRetention)
        #expect(await readiness.reason() == nil)
        await installation.close()
    }

    @Test("A write that failed with a full disk counts for a short time although a probe succeeds")
    func remembered() async throws {
        let (installation, engine, readiness) = try await setting()
        engine.failAll([.write], with: .unavailable(StoreFault(.diskFull, "full")))
        await #expect(throws: ServiceError.self) { _ = try await installation.createPatient() }
        engine.failAll(with: nil)
        #expect(await readiness.reason() == "the database's disk is full")
        installation.time.advance(by: ServiceLimits.failedWriteRetention)
        #expect(await readiness.reason() == nil)
        engine.failAll([.write], with: .unavailable(StoreFault(.connectionLost, "lost")))
        await #expect(throws: ServiceError.self) { _ = try await installation.createPatient() }
        engine.failAll(with: nil)
        installation.time.advance(by: ServiceLimits.readinessCacheLifetime)
        #expect(await readiness.reason() == nil, "what has passed by the next try is over")
        await installation.close()
    }

    @Test(
        "A database file with room for a row but not for an order counts as a full disk",
        .disabled(if: TestDatabase.isPostgreSQL, "tests SQLite's files"))
    func room() async throws {
        let (installation, _, readiness) = try await setting()
        #expect(await readiness.reason() == nil)
        let store = installation.environment.store
        try await store.systemWrite { _ = try $0.db.rows("PRAGMA max_page_count = 1", []) { _ in } }
        installation.time.advance(by: ServiceLimits.readinessCacheLifetime)
        #expect(await readiness.reason() == "the database's disk is full")
        try await store.systemWrite { _ = try $0.db.rows("PRAGMA max_page_count = 1073741823", []) { _ in } }
        installation.time.advance(by: ServiceLimits.failedWriteRetention)
        #expect(await readiness.reason() == nil)
        await installation.close()
    }

    @Test("Repeated probes leave one row, and do not change the schedule of any job")
    func traces() async throws {
        let (installation, _, readiness) = try await setting()
        for _ in 0..<5 {
            #expect(await readiness.reason() == nil)
            installation.time.advance(by: ServiceLimits.readinessCacheLifetime)
        }
        let rows = try await installation.environment.store.systemRead { scope in
            try scope.db.rows("SELECT job FROM scheduled_jobs ORDER BY job", []) { try $0.integer(0) }
        }
        #expect(rows == [ScheduledJob.writeProbe.rawValue])
        await installation.close()
    }
}
