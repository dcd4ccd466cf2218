import PharmacyDomain
import PharmacyStore
import PharmacyTestSupport
import Testing

@testable import PharmacyServices

@Suite("The request log", .timeLimit(.minutes(3)))
struct RequestLogTests {
    private func request(_ id: String, _ installation: TestInstallation) -> LoggedRequest {
        LoggedRequest(
            id: id, receivedAt: installation.time.now(), credential: nil, operation: "ping", method: "GET",
            path: "ping", status: 200, code: nil, duration: .zero, order: nil, patient: nil)
    }

    private func ids(_ log: RequestLog, _ tenant: Tenant) async throws -> [String] {
        try await log.list(RequestFilter(), page: PageRequest(page: 1, perPage: 100), tenant: tenant).items.map(\.id)
    }

    private func wait(until isTrue: () async throws -> Bool) async throws {
        while try await !isTrue() { await Task.yield() }
    }

    @Test("A request is in the log within the window, and costs no write of its own")
    func window() async throws {
        let installation = try await TestInstallation()
        let log = installation.requests
        let start = installation.time.now()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await log.run() }
            for number in 0..<3 { log.record(request("r\(number)", installation), tenant: installation.tenant) }
            #expect(try await ids(log, installation.tenant).isEmpty)
            await installation.time.advanceToNextSleeper()
            try await wait { try await ids(log, installation.tenant).count == 3 }
            // The next request starts the next batch.
            log.record(request("later", installation), tenant: installation.tenant)
            await installation.time.advanceToNextSleeper()
            try await wait { try await ids(log, installation.tenant).count == 4 }
            group.cancelAll()
        }
        #expect(installation.time.now().since(start) == ServiceLimits.requestLogWindow * 2)
        #expect(try await log.get("r1", tenant: installation.tenant).operation == "ping")
        await #expect(throws: ServiceError.notFound) { _ = try await log.get("r9", tenant: installation.tenant) }
        let counts = try await log.counts(since: start, tenant: installation.tenant)
        #expect(counts == [RequestCount(key: RequestCount.Key(hour: start.hour, code: nil), count: 4)])
    }

    @Test("A shutdown writes the requests that wait")
    func end() async throws {
        let installation = try await TestInstallation()
        let log = installation.requests
        log.record(request("r", installation), tenant: installation.tenant)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await log.run() }
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(try await ids(log, installation.tenant) == ["r"])
    }

    @Test("While the store fails requests wait, and are written once it works")
    func outage() async throws {
        let (installation, engine) = try await TestInstallation.failing()
        let log = installation.requests
        log.record(request("r", installation), tenant: installation.tenant)
        engine.failAll([.write], with: .unavailable(StoreFault(.diskFull, "full")))
        #expect(await !log.flush())
        #expect(log.backlog == 1)
        engine.failAll(with: nil)
        #expect(await log.flush())
        #expect(log.backlog == 0)
        #expect(try await ids(log, installation.tenant) == ["r"])
    }

    @Test("A wipe takes the log, and what was still waiting for it")
    func wiped() async throws {
        let installation = try await TestInstallation()
        let (log, tenant) = (installation.requests, installation.tenant)
        for number in 0..<3 { log.record(request("r\(number)", installation), tenant: tenant) }
        #expect(await log.flush())
        log.record(request("waiting", installation), tenant: tenant)
        installation.time.advance(by: .minutes(1))
        try await installation.controls.wipe(tenant)
        #expect(await log.flush())
        let again = try #require(try await installation.accounts.tenant(named: tenant.name))
        #expect(try await ids(log, again).isEmpty)
        #expect(try await log.counts(since: Timestamp(milliseconds: 0), tenant: again).isEmpty)
        log.record(request("new", installation), tenant: again)
        #expect(await log.flush())
        #expect(try await ids(log, again) == ["new"])
    }

    @Test("Requests of a tenant that was deleted meanwhile are dropped, and those of others are written")
    func deleted() async throws {
        let installation = try await TestInstallation()
        let log = installation.requests
        let other = try await installation.addTenant("other")
        for tenant in [installation.tenant, other] { log.record(request("r", installation), tenant: tenant) }
        let now = installation.time.now()
        _ = try await installation.environment.store.systemWrite(.tenant(other.id)) {
            try $0.beginErasure(of: other.id, at: now)
        }
        #expect(await log.flush())
        #expect(log.backlog == 0)
        #expect(try await ids(log, installation.tenant) == ["r"])
    }

    @Test("Requests older than the retention are removed, and counts a month later")
    func retention() async throws {
        let installation = try await TestInstallation()
        let (log, tenant, start) = (installation.requests, installation.tenant, installation.time.now())
        let sweeper = RetentionSweeper(
            environment: installation.environment, retention: Retention(requests: .days(2)),
            logger: installation.logger)
        log.record(request("old", installation), tenant: tenant)
        installation.time.advance(by: .days(1))
        log.record(request("new", installation), tenant: tenant)
        #expect(await log.flush())
        installation.time.advance(by: .days(1) + .minutes(1))
        try await sweeper.prune()
        #expect(try await ids(log, tenant) == ["new"])
        #expect(try await log.counts(since: start, tenant: tenant).count == 2)
        installation.time.advance(by: ServiceLimits.hourlyCountRetention - .hours(26))
        try await sweeper.prune()
        #expect(try await log.counts(since: start, tenant: tenant).count == 1)
    }
}
