internal import PharmacyDomain
internal import ServiceLifecycle

/// Writes the gathered lines of the audit log, within `ServiceLimits.auditWindow` and at the server's end.
package struct AuditWriter: Service {
    private let environment: ServiceEnvironment

    package init(environment: ServiceEnvironment) {
        self.environment = environment
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
            environment.failures.succeeded("writing the audit log")
            return true
        } catch {
            environment.failures.failed("writing the audit log", error)
            return false
        }
    }
}
