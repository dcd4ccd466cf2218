package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle

/// Submits placed orders to the pharmacy's system until it has accepted or refused them (`DispatchState`). An order's uuid
/// makes a second submission the same prescription, so that a crash at any time causes a repetition at most.
package final class OrderDispatcher: Service {
    private typealias Worker = LaneWorker<ClaimedDispatch>

    private let environment: ServiceEnvironment
    private let attempts: DispatchAttempts
    private let worker: Worker
    private let notifier: ChangeNotifier
    private let logger: Logger

    /// - Parameter maximumAge: for how long an order that cannot be submitted is tried.
    package init(
        environment: ServiceEnvironment, systems: PharmacySystems, maximumAge: Duration = ServiceLimits.dispatchAge,
        reconciliation: ReconciliationPolicy = ReconciliationPolicy(), notifier: ChangeNotifier, logger: Logger
    ) {
        self.environment = environment
        self.notifier = notifier
        self.logger = logger
        attempts = DispatchAttempts(
            environment: environment, systems: systems, maximumAge: maximumAge, reconciliation: reconciliation,
            logger: logger)
        worker = Worker(
            environment: environment, capacity: LaneCapacity(total: ServiceLimits.dispatchesInFlight),
            batch: ServiceLimits.dispatchBatch, lease: ServiceLimits.dispatchLease,
            interval: ServiceLimits.dispatchClaimInterval
        ) {
            try $0.planDispatches(in: $1, limit: $2, at: $3, skipping: $4)
        } claims: {
            try $0.claimDispatches($1, at: $2, leaseExpiresAt: $3)
        }
    }

    package func run() async throws {
        await worker.run("order dispatch", on: .dispatch, of: notifier, logger: logger) { await self.dispatch($0) }
    }

    /// Dispatches the orders that are due, and waits for the end of their attempts.
    /// - Returns: when the next order is due.
    package func dispatchDue() async throws -> Timestamp? {
        try await worker.drain { await self.dispatch($0) }
    }

    /// Makes one attempt. A failure of our own concerns this order alone: its claim expires, and it is tried again.
    private func dispatch(_ claim: Worker.Claim) async {
        let order = claim.order
        var isDone = false
        do {
            let key = QuarantinedItem.Key(.dispatch, order.order.description, of: order.tenant)
            let end: Void? = try await environment.quarantine.isolating(key, claim: order.leaseExpiresAt) {
                try await attempts.make(order, lease: claim.lease)
            }
            isDone = end != nil
            environment.failures.succeeded("dispatching orders")
        } catch {
            environment.failures.failed("dispatching orders", error, metadata: ["order": "\(order.order)"])
        }
        let isAwaited = worker.capacity.end(order.lane)
        // A quarantined order is due at another time than the end of its claim.
        if isAwaited || !isDone { notifier.notify([.dispatch]) }
    }
}
