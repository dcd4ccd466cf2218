package import Logging
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle

/// Removes expired records once a minute: idempotency records, refresh tokens, token families, request rates, old events with their
/// deliveries, logged requests, and old audit entries.
package struct RetentionSweeper: Service {
    private let environment: ServiceEnvironment
    private let retention: Retention
    private let logger: Logger
    private let pause: @Sendable () async throws -> Void

    /// - Parameter pause: waits between two batches, for requests.
    package init(
        environment: ServiceEnvironment, retention: Retention, logger: Logger,
        pause: @escaping @Sendable () async throws -> Void = { try await Task.sleep(for: ServiceLimits.prunePause) }
    ) {
        self.environment = environment
        self.retention = retention
        self.logger = logger
        self.pause = pause
    }

    package func run() async throws {
        await BackgroundJob(
            "pruning", every: ServiceLimits.pruneInterval, time: environment.time, logger: logger
        ) { try await prune() }.run()
    }

    /// Removes all records that have expired. Each batch is a short transaction of its own. The failure of one kind does not prevent
    /// the removal of the others.
    /// - Throws: the first failure, after all kinds have been tried.
    package func prune() async throws {
        let (store, now) = (environment.store, environment.now)
        let (oldestEvent, oldestLine) = (now - retention.webhooks, now - retention.audit)
        var failure: (any Error)?
        for records in ExpiringRecords.allCases {
            await removeAll(of: records.rawValue, batch: StoreLimits.pruneBatch, &failure) {
                let expiredBy =
                    switch records {
                    case .idempotencyRecords: now
                    // A refresh that is repeated with its idempotency key still finds its used token.
                    case .refreshTokens: now - ServiceLimits.idempotencyRetention
                    case .sessions: now - SessionPolicy.lifetime
                    }
                return try await store.systemWrite(.claims) { try $0.remove(records, at: expiredBy) }
            }
        }
        let familyEnd = now - ServiceLimits.endedFamilyRetention
        await removeAll(of: "token families", batch: ServiceLimits.familyPruneBatch, &failure) {
            try await store.systemWrite(.claims) {
                try $0.pruneFamilies(endedBefore: familyEnd, limit: ServiceLimits.familyPruneBatch)
            }
        }
        await removeAll(of: "request rates", batch: StoreLimits.pruneBatch, &failure) {
            try await store.systemWrite(.counters) { try $0.pruneRequests(at: now) }
        }
        await removeAll(of: "events", batch: ServiceLimits.webhookPruneBatch, &failure) {
            try await pruneEvents(before: oldestEvent)
        }
        await removeAll(of: "logged requests", batch: StoreLimits.requestLogPruneBatch, &failure) {
            try await store.systemWrite(.claims) { try $0.pruneRequestLog(before: now - retention.requests) }
        }
        for counts in HourlyCounts.all {
            await removeAll(of: counts.name, batch: StoreLimits.pruneBatch, &failure) {
                try await store.systemWrite(.claims) {
                    try $0.prune(counts, before: now - ServiceLimits.hourlyCountRetention)
                }
            }
        }
        await removeAll(of: "audit entries", batch: ServiceLimits.auditPruneBatch, &failure) {
            try await store.systemWrite(.log) {
                try $0.pruneAudit(before: oldestLine, limit: ServiceLimits.auditPruneBatch)
            }
        }
        if let failure { throw failure }
    }

    /// Removes batches until one is not full.
    /// - Parameter failure: receives the first failure.
    private func removeAll(
        of records: String, batch: Int, _ failure: inout (any Error)?, _ removeBatch: () async throws -> Int
    ) async {
        do {
            while try await removeBatch() >= batch { try await pause() }
            environment.failures.succeeded("removing expired \(records)")
        } catch {
            environment.failures.failed("removing expired \(records)", error)
            failure = failure ?? error
        }
    }

    /// - Returns: the number of removed events.
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
