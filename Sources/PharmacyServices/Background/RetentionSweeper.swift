package import Logging
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle

/// Removes all that has expired, once a minute: idempotency records, refresh tokens, families of tokens, request rates, old
/// events with their deliveries, and old lines of the audit log.
package struct RetentionSweeper: Service {
    private let environment: ServiceEnvironment
    private let retention: Retention
    private let work: PeriodicWork
    private let breath: @Sendable () async throws -> Void

    /// - Parameter breath: taken between two batches, in which requests have their turn.
    package init(
        environment: ServiceEnvironment, retention: Retention, logger: Logger,
        breath: @escaping @Sendable () async throws -> Void = { try await Task.sleep(for: ServiceLimits.pruneBreath) }
    ) {
        self.environment = environment
        self.retention = retention
        self.breath = breath
        work = PeriodicWork(
            name: "pruning", interval: ServiceLimits.pruneInterval, time: environment.time, logger: logger)
    }

    package func run() async throws {
        await work.run { try await prune() }
    }

    /// Removes all that has expired by now. Each batch is a transaction of its own: requests hardly wait behind it. What
    /// fails does not keep the others from being removed.
    /// - Throws: the first failure, when all have been tried.
    package func prune() async throws {
        let (store, now) = (environment.store, environment.now)
        let (oldestEvent, oldestLine) = (now - retention.webhooks, now - retention.audit)
        var failure: (any Error)?
        for records in ExpiringRecords.allCases {
            await removeAll(of: records.rawValue, batch: StoreLimits.pruneBatch, &failure) {
                // The repetition of a refresh, under its idempotency key, still finds the token that it has used up.
                let expiredBy = records == .refreshTokens ? now - ServiceLimits.idempotencyKept : now
                return try await store.systemWrite(.claims) { try $0.remove(records, at: expiredBy) }
            }
        }
        let familyEnd = now - ServiceLimits.endedFamilyKept
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
        await removeAll(of: "audit entries", batch: ServiceLimits.auditPruneBatch, &failure) {
            try await store.systemWrite(.log) {
                try $0.pruneAudit(before: oldestLine, limit: ServiceLimits.auditPruneBatch)
            }
        }
        if let failure { throw failure }
    }

    /// Removes batches until one is not full.
    /// - Parameter failure: takes the first.
    private func removeAll(
        of records: String, batch: Int, _ failure: inout (any Error)?, _ removeBatch: () async throws -> Int
    ) async {
        do {
            while try await removeBatch() >= batch { try await breath() }
            environment.failures.succeeded("removing expired \(records)")
        } catch {
            environment.failures.failed("removing expired \(records)", error)
            failure = failure ?? error
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
