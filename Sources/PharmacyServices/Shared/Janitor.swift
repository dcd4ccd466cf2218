package import Logging
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle

/// Removes what has run out, once a minute: idempotency records, refresh tokens, and old lines of the audit log.
package struct Janitor: Service {
    private let environment: ServiceEnvironment
    private let auditRetention: Duration
    private let work: PeriodicWork

    package init(environment: ServiceEnvironment, auditRetention: Duration, logger: Logger) {
        self.environment = environment
        self.auditRetention = auditRetention
        work = PeriodicWork(
            name: "pruning", interval: ServiceLimits.pruneInterval, time: environment.time, logger: logger)
    }

    package func run() async throws {
        await work.run {
            let now = environment.now
            try await environment.store.systemWrite { try $0.prune(at: now) }
            try await environment.store.systemWrite { [auditRetention] in
                _ = try $0.pruneAudit(before: now - auditRetention, limit: ServiceLimits.auditPruneBatch)
            }
        }
    }
}
