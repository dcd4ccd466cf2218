package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle

/// A service that repeats one piece of work until the server shuts down.
///
/// A failure never ends the job: `FailureLog` reports it, and the next run comes.
package struct BackgroundJob: Service, CustomStringConvertible {
    /// What starts the next run. The first run starts with the service.
    package enum Schedule: Sendable {
        /// Starts a run this long after the last one ended, whether it succeeded or failed.
        case every(Duration)
        /// Starts a run when a transaction notifies the channel, when the time comes that the last run returned, or
        /// `ServiceLimits.longestWait` after the last run started. A failed run is repeated after
        /// `ServiceLimits.failureWait`.
        case onChange(StoreChannel, ChangeNotifier)
    }

    /// Names the work in the log.
    package let name: String
    package let schedule: Schedule
    private let time: any ServerClock
    private let failures: FailureLog
    private let work: @Sendable () async throws -> Timestamp?

    /// - Parameter work: one run. It returns when the next one is due at the latest; `nil`: by the schedule.
    private init(
        _ name: String, _ schedule: Schedule, time: any ServerClock, logger: Logger,
        work: @escaping @Sendable () async throws -> Timestamp?
    ) {
        self.name = name
        self.schedule = schedule
        self.time = time
        self.work = work
        failures = FailureLog(time: time, logger: logger)
    }

    /// A job that runs at intervals.
    package init(
        _ name: String, every interval: Duration, time: any ServerClock, logger: Logger,
        work: @escaping @Sendable () async throws -> Void
    ) {
        self.init(name, .every(interval), time: time, logger: logger) {
            try await work()
            return nil
        }
    }

    /// A job that runs when records change.
    /// - Parameter work: one run. It returns when the next record is due; `nil`: none is known.
    package init(
        _ name: String, on channel: StoreChannel, of notifier: ChangeNotifier, time: any ServerClock, logger: Logger,
        work: @escaping @Sendable () async throws -> Timestamp?
    ) {
        self.init(name, .onChange(channel, notifier), time: time, logger: logger, work: work)
    }

    package var description: String { name }

    /// Runs until graceful shutdown or cancellation.
    package func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Measured from the start of a run: a record that becomes due during the run is not missed.
                var next = time.now() + ServiceLimits.longestWait
                do {
                    if let due = try await work() { next = min(next, due) }
                    failures.succeeded(name)
                } catch is CancellationError {
                    return
                } catch {
                    failures.failed(name, error)
                    next = time.now() + ServiceLimits.failureWait
                }
                guard await wait(until: next) else { return }
            }
        }
    }

    /// - Returns: whether the job continues; `false`: the task was cancelled while it slept.
    private func wait(until next: Timestamp) async -> Bool {
        switch schedule {
        case .every(let interval):
            do {
                try await time.sleep(for: interval)
                return true
            } catch {
                return false
            }
        case .onChange(let channel, let notifier):
            await withTaskGroup(of: Void.self) { group in
                // Whichever comes first ends the wait and cancels the other.
                group.addTask { await notifier.wait(for: channel) }
                group.addTask { try? await time.sleep(until: next, atMost: ServiceLimits.longestWait) }
                await group.next()
                group.cancelAll()
            }
            return true
        }
    }
}
