internal import Logging
internal import PharmacyDomain
internal import ServiceLifecycle

/// The loop of a service that looks after something at intervals; a failure is logged, and the next turn comes.
struct PeriodicWork: Sendable {
    let name: String
    let interval: Duration
    let time: any TimeSource
    let logger: Logger

    /// Runs until graceful shutdown or cancellation.
    func run(_ work: @escaping @Sendable () async throws -> Void) async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await work()
                } catch {
                    // The text is ours and names no record.
                    logger.error("\(name) failed and will try again", metadata: ["error": "\(type(of: error))"])
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
