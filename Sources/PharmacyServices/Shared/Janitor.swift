package import Logging
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle

/// Removes what has run out, once a minute: idempotency records and refresh tokens.
package struct Janitor: Service {
    private let environment: ServiceEnvironment
    private let logger: Logger

    package init(environment: ServiceEnvironment, logger: Logger) {
        self.environment = environment
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let now = environment.now
                do {
                    try await environment.store.systemWrite { try $0.prune(at: now) }
                } catch {
                    logger.error("pruning failed and will be tried again", metadata: ["error": "\(type(of: error))"])
                }
                try? await environment.time.sleep(until: now + ServiceLimits.pruneInterval)
            }
        }
    }
}
