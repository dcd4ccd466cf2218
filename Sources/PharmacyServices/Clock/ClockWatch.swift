package import Logging
internal import Metrics
package import PharmacyDomain
internal import ServiceLifecycle
internal import Synchronization

/// Watches the clock of due times: reads the database's clock where nodes share one, and reschedules work (`ClockSetBack`) when the
/// clock was set back, or may have been while no server ran.
package final class ClockWatch: Service {
    private struct State {
        /// When the database's clock was last read, by `ServerClock.elapsed`.
        var readAt: Duration?
        /// How far the wall clock is ahead of the monotonic one. The difference decreases when the clock is set back.
        var lead: Duration?
        /// When all claims are over that were held when the clock was set back; `nil`: nothing is left to do.
        var claimsEndAt: Duration?
        var isOff = ConditionWatch()
    }

    private let environment: ServiceEnvironment
    private let database: DatabaseClock?
    private let setBack: ClockSetBack
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameter database: the clock of `environment` where that is the database's; `nil` otherwise.
    package init(
        environment: ServiceEnvironment, database: DatabaseClock?, delays: LongestDelays, logger: Logger
    ) {
        self.environment = environment
        self.database = database
        self.logger = logger
        setBack = ClockSetBack(environment: environment, delays: delays)
    }

    package func run() async throws {
        await BackgroundJob(
            "watching the clock", every: ServiceLimits.clockCheckInterval, time: environment.time, logger: logger
        ) { try await self.look() }.run()
    }

    /// Checks the clock once.
    package func look() async throws {
        try await readDatabaseClock()
        let elapsed = environment.time.elapsed()
        let lead = Duration.milliseconds(environment.now.milliseconds) - elapsed
        let before = state.withLock(\.lead)
        // At the start, too: due times from before may be those of a clock that was set back since.
        let mustBegin = before.map { $0 - lead >= ServiceLimits.clockSetBackTolerance } ?? true
        if mustBegin {
            if before != nil {
                logger.warning(
                    "the clock was set back: work that is due too late is rescheduled",
                    metadata: ["seconds": "\(((before ?? lead) - lead).components.seconds)"])
            }
            try await setBack.reschedule(claimed: false)
            state.withLock { $0.claimsEndAt = elapsed + ServiceLimits.longestClaim }
        }
        state.withLock { $0.lead = lead }
        if !mustBegin, let end = state.withLock(\.claimsEndAt), end <= elapsed {
            try await setBack.reschedule(claimed: true)
            state.withLock { $0.claimsEndAt = nil }
        }
    }

    private static let offset = Gauge(label: "clock_ahead_of_database_seconds")

    private func readDatabaseClock() async throws {
        guard let database else { return }
        let elapsed = environment.time.elapsed()
        let isDue = state.withLock { $0.readAt.map { elapsed - $0 >= ServiceLimits.databaseClockInterval } ?? true }
        guard isDue else { return }
        try await database.read(from: environment.store)
        let lead = database.lead
        ClockWatch.offset.record(Double(lead.milliseconds) / 1000)
        let change = state.withLock { state in
            state.readAt = elapsed
            return state.isOff.note(abs(lead.milliseconds) >= ServiceLimits.clockDifference.milliseconds)
        }
        switch change {
        case .begins:
            logger.warning(
                "this machine's clock differs from the database's, which is used: check its time synchronization",
                metadata: ["ahead_seconds": "\(Double(lead.milliseconds) / 1000)"])
        case .ends: logger.notice("this machine's clock agrees with the database's again")
        case nil: break
        }
    }
}
