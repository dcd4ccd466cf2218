package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle
internal import Synchronization

/// Asks the pharmacies about orders that have been silent, so that a lost report heals by itself. A pharmacy that is slow
/// to answer holds up no other tenant's questions.
package final class OrderReconciliation: Service {
    private let environment: ServiceEnvironment
    private let reports: OrderReports
    private let work: BackgroundWork
    private let notifier: ChangeNotifier
    private let room = DispatchCapacity(total: ServiceLimits.reconciliationsInFlight)

    package init(environment: ServiceEnvironment, reports: OrderReports, notifier: ChangeNotifier, logger: Logger) {
        self.environment = environment
        self.reports = reports
        self.notifier = notifier
        work = BackgroundWork(
            name: "order reconciliation", channel: .reconciliation, notifier: notifier, time: environment.time,
            logger: logger)
    }

    package func run() async throws {
        await withDiscardingTaskGroup { group in
            let (claims, feed) = AsyncStream.makeStream(of: ClaimedReconciliation.self)
            group.addTask {
                await self.work.run { try await self.claimDue { _ = feed.yield($0) } }
                feed.finish()
            }
            for await claim in claims { group.addTask { await self.reconcileOrLeave(claim) } }
        }
    }

    /// Asks about all that is due, and waits for the answers.
    /// - Returns: when the next is due.
    package func reconcileDue() async throws -> Timestamp? {
        while true {
            let round = Mutex<[ClaimedReconciliation]>([])
            let next = try await claimDue { claim in round.withLock { $0.append(claim) } }
            let claims = round.withLock(\.self)
            if claims.isEmpty { return next }
            await withTaskGroup(of: Void.self) { group in
                for claim in claims { group.addTask { await self.reconcileOrLeave(claim) } }
            }
        }
    }

    /// Claims what is due and may start, until nothing is.
    /// - Returns: when the next is due; `nil` when one must end first, which rings the bell.
    private func claimDue(_ start: @escaping @Sendable (ClaimedReconciliation) -> Void) async throws -> Timestamp? {
        while true {
            let now = environment.now
            let inFlight = room.beginPlan()
            let held = try await environment.quarantine.heldTenants()
            let plan = try await environment.store.systemRead {
                try $0.planReconciliations(
                    in: inFlight, limit: ServiceLimits.reconciliationBatch, at: now, skipping: held)
            }
            if plan.lanes.isEmpty {
                room.endPlan(isShort: plan.isShort)
                return plan.next
            }
            let claimed = try await environment.store.systemWrite(.claims) {
                try $0.claimReconciliations(plan, at: now, leaseExpiresAt: now + ServiceLimits.reconciliationLease)
            }
            room.begin(claimed.claims.map(\.lane))
            for claim in claimed.claims { start(claim) }
            if claimed.mayHaveMore, !claimed.claims.isEmpty { continue }
            room.endPlan(isShort: claimed.isShort)
            // All that was due is locked at the moment: to plan again at once would be to spin.
            if claimed.claims.isEmpty { return now + ServiceLimits.failureWait }
            return plan.next
        }
    }

    /// One that fails is left: its claim runs out, and the pharmacy is asked again.
    private func reconcileOrLeave(_ claim: ClaimedReconciliation) async {
        let key = QuarantinedItem.Key(.reconciliation, claim.order.description, of: claim.tenant)
        do {
            try await environment.quarantine.isolating(key, claim: claim.leaseExpiresAt) {
                try await self.reports.reconcile(claim)
            }
            environment.failures.succeeded("asking about orders")
        } catch {
            environment.failures.failed(
                "asking about orders", error, level: .warning, metadata: ["order": "\(claim.order)"])
        }
        _ = room.end(claim.lane)
        // The next question may be due sooner than the claim says.
        notifier.notify([.reconciliation])
    }
}
