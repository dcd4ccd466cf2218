package import Logging
internal import PharmacyDomain
internal import ServiceLifecycle

/// Writes the gathered lines of the audit log, within `ServiceLimits.auditWindow` and at the server's end.
package struct AuditWriter: Service {
    private let environment: ServiceEnvironment
    private let logger: Logger

    package init(environment: ServiceEnvironment, logger: Logger) {
        self.environment = environment
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in environment.trail.arrivals {
                // Half the window, as the write takes its time too. Cancelled, it is the end, which writes below.
                try? await environment.time.sleep(for: ServiceLimits.auditWindow / 2)
                while await !flush(), !Task.isCancelled {
                    try? await environment.time.sleep(for: ServiceLimits.failureWait)
                }
            }
        }
        _ = await flush()
    }

    /// Whether everything that waited was written.
    private func flush() async -> Bool {
        do {
            try await environment.trail.flush()
            return true
        } catch {
            logger.error("lines of the audit log could not be written", metadata: ["error": "\(type(of: error))"])
            return false
        }
    }
}
