package import Logging
internal import Metrics
package import PharmacyDomain
internal import ServiceLifecycle
internal import Synchronization

/// Follows the clock that moments are of: reads the database's, where nodes share one, and brings forward what was put off
/// (`ClockSetBack`) when the clock has been set back, or may have been while no server ran.
package final class ClockWatch: Service {
    private struct State {
        /// When the database's clock was read last, by `ServerClock.elapsed`.
        var readAt: Duration?
        /// How far the wall clock is ahead of the monotonic one: it falls when the clock is set back.
        var lead: Duration?
        /// When all claims that were held as the clock was set back are over; `nil`: nothing is left to do.
        var claimsEndAt: Duration?
        var isOff = ConditionWatch()
    }

    private let environment: ServiceEnvironment
    private let database: DatabaseClock?
    private let setBack: ClockSetBack
    private let logger: Logger
    private let work: PeriodicWork
    private let state = Mutex(State())

    /// - Parameter database: the clock of `environment`, where it is the database's.
    package init(
        environment: ServiceEnvironment, database: DatabaseClock?, delays: LongestDelays, logger: Logger
    ) {
        self.environment = environment
        self.database = database
        self.logger = logger
        setBack = ClockSetBack(environment: environment, delays: delays)
        work = PeriodicWork(
            name: "watching the clock", interval: ServiceLimits.clockLookInterval, time: environment.time,
            logger: logger)
    }

    package func run() async throws {
        await work.run { try await self.look() }
    }

    /// Looks once.
    package func look() async throws {
        try await readDatabaseClock()
        let elapsed = environment.time.elapsed()
        let lead = Duration.milliseconds(environment.now.milliseconds) - elapsed
        let before = state.withLock(\.lead)
        // At the start: what an earlier run has left may be of a clock that was set back since.
        let mustBegin = before.map { $0 - lead >= ServiceLimits.clockSetBackTolerance } ?? true
        if mustBegin {
            if before != nil {
                logger.warning(
                    "the clock was set back: what is due too late by it is brought forward",
                    metadata: ["seconds": "\(((before ?? lead) - lead).components.seconds)"])
            }
            try await setBack.bringForward(claimed: false)
            state.withLock { $0.claimsEndAt = elapsed + ServiceLimits.longestClaim }
        }
        state.withLock { $0.lead = lead }
        if !mustBegin, let end = state.withLock(\.claimsEndAt), end <= elapsed {
            try await setBack.bringForward(claimed: true)
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
                "this machine's clock differs from the database's, which counts: look at its time synchronisation",
                metadata: ["ahead_seconds": "\(Double(lead.milliseconds) / 1000)"])
        case .ends: logger.notice("this machine's clock agrees with the database's again")
        case nil: break
        }
    }
}
