internal import Logging
internal import PharmacyDomain
internal import ServiceLifecycle

/// The loop of a service that looks after something at intervals; a failure is logged, and the next turn comes.
struct PeriodicWork: Sendable {
    let name: String
    let interval: Duration
    let time: any ServerClock
    private let failures: FailureLog

    init(name: String, interval: Duration, time: any ServerClock, logger: Logger) {
        self.name = name
        self.interval = interval
        self.time = time
        failures = FailureLog(time: time, logger: logger)
    }

    /// Runs until graceful shutdown or cancellation.
    func run(_ work: @escaping @Sendable () async throws -> Void) async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await work()
                    failures.succeeded(name)
                } catch is CancellationError {
                    return
                } catch {
                    failures.failed(name, error)
                }
                do {
                    try await time.sleep(for: interval)
                } catch {
                    return
                }
            }
        }
    }
}
