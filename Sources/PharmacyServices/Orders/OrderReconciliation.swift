package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle

/// Queries the pharmacies about orders of which they have reported nothing for a while, so that a lost report does no lasting
/// harm. A pharmacy that responds slowly delays no other tenant's queries.
package final class OrderReconciliation: Service {
    private typealias Worker = LaneWorker<ClaimedReconciliation>

    private let environment: ServiceEnvironment
    private let reports: OrderReports
    private let worker: Worker
    private let notifier: ChangeNotifier
    private let logger: Logger

    package init(environment: ServiceEnvironment, reports: OrderReports, notifier: ChangeNotifier, logger: Logger) {
        self.environment = environment
        self.reports = reports
        self.notifier = notifier
        self.logger = logger
        worker = Worker(
            environment: environment, capacity: LaneCapacity(total: ServiceLimits.reconciliationsInFlight),
            batch: ServiceLimits.reconciliationBatch, lease: ServiceLimits.reconciliationLease
        ) {
            try $0.planReconciliations(in: $1, limit: $2, at: $3, skipping: $4)
        } claims: {
            try $0.claimReconciliations($1, at: $2, leaseExpiresAt: $3)
        }
    }

    package func run() async throws {
        await worker.run("order reconciliation", on: .reconciliation, of: notifier, logger: logger) {
            await self.reconcile($0.order)
        }
    }

    /// Queries the pharmacies about all orders that are due, and waits for the responses.
    /// - Returns: when the next order is due.
    package func reconcileDue() async throws -> Timestamp? {
        try await worker.drain { await self.reconcile($0.order) }
    }

    /// Queries the pharmacy about one order. After a failure the claim expires, and the pharmacy is queried again.
    private func reconcile(_ claim: ClaimedReconciliation) async {
        let key = QuarantinedItem.Key(.reconciliation, claim.order.description, of: claim.tenant)
        do {
            try await environment.quarantine.isolating(key, claim: claim.leaseExpiresAt) {
                try await reports.reconcile(claim)
            }
            environment.failures.succeeded("reconciling orders")
        } catch {
            environment.failures.failed(
                "reconciling orders", error, level: .warning, metadata: ["order": "\(claim.order)"])
        }
        _ = worker.capacity.end(claim.lane)
        // The next query may be due before the end of the claim.
        notifier.notify([.reconciliation])
    }
}
