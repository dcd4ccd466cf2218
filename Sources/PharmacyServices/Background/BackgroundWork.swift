internal import Logging
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle

/// The loop of a background service: does what is due, then waits for the bell or the next due time.
struct BackgroundWork: Sendable {
    let name: String
    let channel: StoreChannel
    let notifier: ChangeNotifier
    let time: any ServerClock
    private let failures: FailureLog

    init(name: String, channel: StoreChannel, notifier: ChangeNotifier, time: any ServerClock, logger: Logger) {
        self.name = name
        self.channel = channel
        self.notifier = notifier
        self.time = time
        failures = FailureLog(time: time, logger: logger)
    }

    /// Runs until graceful shutdown or cancellation.
    /// - Parameter work: does what is due and says when to look again; `nil`: when the bell rings.
    func run(_ work: @escaping @Sendable () async throws -> Timestamp?) async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Counted from the beginning: what has become due while the work looked is not passed over.
                var moment = time.now() + ServiceLimits.longestWait
                do {
                    if let next = try await work() { moment = min(moment, next) }
                    failures.succeeded(name)
                } catch is CancellationError {
                    return
                } catch {
                    failures.failed(name, error)
                    moment = time.now() + ServiceLimits.failureWait
                }
                await wait(until: moment)
            }
        }
    }

    private func wait(until moment: Timestamp) async {
        await withTaskGroup(of: Void.self) { group in
            // Whichever comes first ends the wait, and the other is cancelled.
            group.addTask { await notifier.wait(for: channel) }
            group.addTask { try? await time.sleep(until: moment, atMost: ServiceLimits.longestWait) }
            await group.next()
            group.cancelAll()
        }
    }
}
