import Logging
import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("The database's clock", .timeLimit(.minutes(3)))
struct DatabaseClockTests {
    @Test(
        "The clock of an embedded database is the machine's",
        .disabled(if: TestDatabase.isPostgreSQL, "a database server has a clock of its own"))
    func inProcess() async throws {
        let installation = try await TestInstallation()
        let clock = DatabaseClock(local: installation.time)
        try await clock.read(from: installation.environment.store)
        #expect(clock.now() == installation.time.now())
        installation.time.setWallClock(by: .hours(1))
        #expect(clock.now() == installation.time.now())
    }

    @Test(
        "Nodes whose own clocks are wrong agree, and setting a node's clock changes nothing",
        .enabled(if: TestDatabase.isPostgreSQL))
    func shared() async throws {
        let right = SystemClock().now()
        let times = [Duration.zero, .seconds(120), .hours(-1), .days(400)].map { ManualClock(right + $0) }
        let installation = try await TestInstallation(time: times[0])
        let clocks = times.map { DatabaseClock(local: $0) }
        for clock in clocks { try await clock.read(from: installation.environment.store) }
        let moments = clocks.map { $0.now() }
        for moment in moments { #expect(abs(moment.since(right).milliseconds) < 60_000) }
        for (time, clock) in zip(times, clocks) {
            let before = clock.now()
            time.setWallClock(by: .hours(7))
            #expect(clock.now() == before)
            time.advance(by: .seconds(3))
            #expect(clock.now() == before + .seconds(3))
        }
    }

    @Test(
        "A difference from the database's clock is logged once, and when the clocks agree again",
        .enabled(if: TestDatabase.isPostgreSQL))
    func difference() async throws {
        let recorder = LogRecorder()
        let time = ManualClock(SystemClock().now() + .seconds(120))
        let installation = try await TestInstallation(time: time)
        let clock = DatabaseClock(local: time)
        let watch = ClockWatch(
            environment: ServiceEnvironment(
                store: installation.environment.store, time: clock, entropy: .system),
            database: clock,
            delays: LongestDelays(
                retryDelay: .seconds(60), reconciliation: ReconciliationPolicy(), pace: .manual, wipeEvery: .hours(24)),
            logger: recorder.logger)
        let warning = "this machine's clock differs from the database's"
        for _ in 0..<3 {
            try await watch.look()
            time.advance(by: ServiceLimits.databaseClockInterval)
        }
        #expect(recorder.count(.warning, warning) == 1)
        // The manual clock stands still while the database's continues.
        time.setWallClock(by: SystemClock().now().since(time.now()))
        try await watch.look()
        #expect(recorder.count(.notice, "this machine's clock agrees") == 1)
    }
}
