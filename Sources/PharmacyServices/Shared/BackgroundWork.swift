internal import Logging
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle

/// The loop of a background service: does what is due, then waits for the bell or the next due time.
struct BackgroundWork: Sendable {
    let name: String
    let bell: StoreBell
    let bells: Bells
    let time: any TimeSource
    private let failures: FailureLog

    init(name: String, bell: StoreBell, bells: Bells, time: any TimeSource, logger: Logger) {
        self.name = name
        self.bell = bell
        self.bells = bells
        self.time = time
        failures = FailureLog(time: time, logger: logger)
    }

    /// Runs until graceful shutdown or cancellation.
    /// - Parameter work: does what is due and says when to look again; `nil`: when the bell rings.
    func run(_ work: @escaping @Sendable () async throws -> Timestamp?) async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let span: Duration
                do {
                    let next = try await work()
                    failures.succeeded(name)
                    span = next.map { $0.since(time.now()) } ?? ServiceLimits.longestWait
                } catch is CancellationError {
                    return
                } catch {
                    failures.failed(name, error)
                    span = ServiceLimits.failureWait
                }
                await wait(for: min(span, ServiceLimits.longestWait))
            }
        }
    }

    private func wait(for span: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            // Whichever comes first ends the wait, and the other is cancelled.
            group.addTask { await bells.heard(bell) }
            group.addTask { try? await time.sleep(for: span) }
            await group.next()
            group.cancelAll()
        }
    }
}
