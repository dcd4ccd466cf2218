package import Logging
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle

/// How long things are kept that are not kept for ever.
package struct Retention: Sendable {
    /// Lines of the audit log.
    package let audit: Duration
    /// Events, their deliveries and attempts.
    package let webhooks: Duration

    package init(
        audit: Duration = ServiceLimits.auditRetention, webhooks: Duration = ServiceLimits.webhookRetention
    ) {
        self.audit = audit
        self.webhooks = webhooks
    }
}

/// Removes what has run out, once a minute: idempotency records, refresh tokens, old events with their deliveries, and
/// old lines of the audit log.
package struct Janitor: Service {
    private let environment: ServiceEnvironment
    private let retention: Retention
    private let work: PeriodicWork

    package init(environment: ServiceEnvironment, retention: Retention, logger: Logger) {
        self.environment = environment
        self.retention = retention
        work = PeriodicWork(
            name: "pruning", interval: ServiceLimits.pruneInterval, time: environment.time, logger: logger)
    }

    package func run() async throws {
        await work.run { try await prune() }
    }

    /// Removes what has run out by now. Each batch is a transaction of its own: requests hardly wait behind it.
    package func prune() async throws {
        let now = environment.now
        let oldestEvent = now - retention.webhooks
        let oldestLine = now - retention.audit
        try await environment.store.systemWrite(.claims) { try $0.prune(at: now) }
        try await environment.store.systemWrite(.counters) { try $0.pruneRequests(at: now) }
        while try await pruneEvents(before: oldestEvent) == ServiceLimits.webhookPruneBatch {
            try Task.checkCancellation()
        }
        try await environment.store.systemWrite(.log) {
            _ = try $0.pruneAudit(before: oldestLine, limit: ServiceLimits.auditPruneBatch)
        }
    }

    /// - Returns: how many went.
    private func pruneEvents(before moment: Timestamp) async throws -> Int {
        let expired = try await environment.store.systemRead {
            try $0.expiredEvents(before: moment, limit: ServiceLimits.webhookPruneBatch)
        }
        var removed = 0
        for events in expired {
            removed += try await environment.store.systemWrite(.tenant(events.tenant)) { try $0.remove(events) }
        }
        return removed
    }
}
