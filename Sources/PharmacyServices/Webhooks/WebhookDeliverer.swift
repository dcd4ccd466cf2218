package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle
internal import Synchronization

/// Sends webhooks that are due, each at least once, those of one order to one URL in their order.
///
/// For each tenant one transaction keeps the ends of attempts and claims what comes next; while it is under way more
/// attempts end, so that under load each carries many.
package final class WebhookDeliverer: Service {
    private struct State {
        var slots = DeliverySlots(total: ServiceLimits.deliveriesUnderWay)
        /// Attempts that are over and not kept yet.
        var ended: [AttemptResult] = []
        /// Whether nothing is claimed any more, so that each attempt keeps its end itself.
        var isStopping = false
        /// Tenants whose deliveries are deferred: how many were since the latest report, and when that was.
        var deferrals: [TenantID: (count: Int, reportedAt: Timestamp?)] = [:]
    }

    private let environment: ServiceEnvironment
    private let sender: any WebhookSending
    private let policy: DeliveryPolicy
    private let servedOnLoopback: Bool
    private let notifier: ChangeNotifier
    private let work: BackgroundWork
    private let logger: Logger
    private let state = Mutex(State())

    package init(
        environment: ServiceEnvironment, sender: any WebhookSending, policy: DeliveryPolicy, servedOnLoopback: Bool,
        notifier: ChangeNotifier, logger: Logger
    ) {
        self.environment = environment
        self.sender = sender
        self.policy = policy
        self.servedOnLoopback = servedOnLoopback
        self.notifier = notifier
        self.logger = logger
        work = BackgroundWork(
            name: "webhook delivery", channel: .deliveries, notifier: notifier, time: environment.time, logger: logger)
    }

    package func run() async throws {
        await withDiscardingTaskGroup { group in
            // The group outlives each round: a slow receiver holds up its own deliveries and nobody else's.
            let (claims, feed) = AsyncStream.makeStream(of: Claim.self)
            group.addTask {
                await self.work.run { try await self.keepAndClaim { _ = feed.yield($0) } }
                self.state.withLock { $0.isStopping = true }
                await self.keepRest()
                feed.finish()
            }
            // No more than there are slots: nothing is claimed without one.
            for await claim in claims { group.addTask { await self.deliver(claim) } }
        }
    }

    /// A delivery that was claimed.
    private struct Claim: Sendable {
        let delivery: ClaimedDelivery
        let lease: Lease
    }

    /// Keeps the ends of attempts and claims what is due and may start, until nothing is.
    /// - Returns: when the next is due; `nil` when an attempt must end first, which rings the bell.
    private func keepAndClaim(_ start: @escaping @Sendable (Claim) -> Void) async throws -> Timestamp? {
        while true {
            let now = environment.now
            let slots = state.withLock(\.slots)
            let held = HeldDeliveries(try await environment.quarantine.held())
            let plan = try await environment.store.systemRead {
                try $0.planDeliveries(in: slots, limit: ServiceLimits.deliveryBatch, at: now, skipping: held)
            }
            let ended = takeEnded()
            if plan.claims.isEmpty, ended.isEmpty { return plan.next }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for tenant in Set(plan.claims.keys).union(ended.keys) {
                    group.addTask {
                        try await self.keepAndClaim(
                            tenant, ended: ended[tenant] ?? [], plan: plan.claims[tenant] ?? [], start)
                    }
                }
                // One tenant's failure leaves the others' rounds to their end.
                var failure: (any Error)?
                while let result = await group.nextResult() {
                    if case .failure(let error) = result { failure = error }
                }
                if let failure { throw failure }
            }
        }
    }

    private func keepAndClaim(
        _ tenant: TenantID, ended: [AttemptResult], plan: [PlannedClaim], _ start: @Sendable (Claim) -> Void
    ) async throws {
        let now = environment.now
        let lease = Lease(of: ServiceLimits.deliveryLease, from: environment.time)
        let (failing, claimed): (Int, ClaimedDeliveries)
        do {
            (failing, claimed) = try await environment.store.write(tenant) { scope in
                let failing = try scope.keep(ended)
                let claimed = try scope.claimDeliveries(plan, at: now, leaseExpiresAt: lease.expiresAt)
                return (failing, claimed)
            }
        } catch StoreError.noSuchTenant {
            return
        } catch {
            return try await keepAfter(error, ended, of: tenant)
        }
        for _ in 0..<failing {
            logger.warning("deliveries to a webhook URL keep failing", metadata: ["tenant": "\(tenant)"])
        }
        environment.quarantine.note(claimed.failures)
        state.withLock { state in
            for delivery in claimed.deliveries { state.slots.begin(delivery.receiver) }
        }
        for delivery in claimed.deliveries { start(Claim(delivery: delivery, lease: lease)) }
        await clearQuarantine(of: claimed.deliveries, tenant)
    }

    /// What is claimed has been read: its URL and its tenant are in order again, where they were not.
    private func clearQuarantine(of deliveries: [ClaimedDelivery], _ tenant: TenantID) async {
        guard !deliveries.isEmpty else { return }
        await environment.quarantine.succeeded(QuarantinedItem.Key(.webhookSecret, of: tenant))
        for endpoint in Set(deliveries.map(\.receiver.endpoint)) {
            await environment.quarantine.succeeded(QuarantinedItem.Key(.endpoint, String(endpoint), of: tenant))
        }
    }

    private func takeEnded() -> [TenantID: [AttemptResult]] {
        state.withLock { state in
            defer { state.ended = [] }
            return Dictionary(grouping: state.ended, by: \.delivery.tenant)
        }
    }

    /// Sees to it that attempts' ends, whose transaction failed, are not forgotten: what failed with the store is tried
    /// again, and one that cannot be kept does not hold up the others.
    private func keepAfter(_ error: any Error, _ ended: [AttemptResult], of tenant: TenantID) async throws {
        switch error {
        case StoreError.unavailable, StoreError.locked, StoreError.outcomeUnknown, StoreError.overloaded,
            StoreError.closed:
            state.withLock { $0.ended = ended + $0.ended }
            throw error
        default:
            for one in ended { await keepAlone(one) }
            // Where it is the tenant that does not open, its deliveries are passed over until the next try.
            if let reason = QuarantinedItem.Reason(error),
                try await environment.quarantine.recordTenant(tenant, reason)
            {
                return
            }
            if ended.isEmpty { throw error }
        }
    }

    private func keepAlone(_ ended: AttemptResult) async {
        do {
            try await environment.store.write(ended.delivery.tenant) { _ = try $0.keep([ended]) }
            environment.failures.succeeded("recording webhook attempts")
        } catch StoreError.noSuchTenant {
            return
        } catch {
            // The claim runs out and the delivery is made again: at least once.
            environment.failures.failed(
                "recording webhook attempts", error,
                metadata: ["tenant": "\(ended.delivery.tenant)", "delivery": "\(ended.delivery.uuid)"])
        }
    }

    /// Keeps what ended since the last round.
    private func keepRest() async {
        for ended in takeEnded().values.joined() { await keepAlone(ended) }
    }

    private func deliver(_ claim: Claim) async {
        let delivery = claim.delivery
        guard claim.lease.outlasts(DeliveryPolicy.timeout, at: environment.time) else {
            // This process was stopped, or slow: by the end of an attempt another worker may have the delivery, which is
            // made again when the claim has run out.
            logger.notice(
                "a claim on a webhook delivery was lost",
                metadata: ["tenant": "\(delivery.tenant)", "delivery": "\(delivery.uuid)"])
            state.withLock { $0.slots.end(delivery.receiver) }
            return notifier.notify([.deliveries])
        }
        let attempt = await attempt(delivery)
        if attempt.statusCode == nil, Task.isCancelled {
            // Broken off by the end of this process, not by the receiver: it counts for nothing, and is made again.
            return state.withLock { $0.slots.end(delivery.receiver) }
        }
        let verdict = policy.verdict(on: attempt, attempts: delivery.attempts + 1)
        WebhookMetrics.count(attempt, verdict: verdict)
        if !attempt.counts { report(deferred: delivery, attempt) }
        let ended = AttemptResult(delivery: delivery, attempt: attempt, verdict: verdict)
        let isStopping = state.withLock { state in
            state.slots.end(delivery.receiver)
            if !state.isStopping { state.ended.append(ended) }
            return state.isStopping
        }
        if isStopping {
            await keepAlone(ended)
        } else {
            notifier.notify([.deliveries])
        }
    }

    /// Reports that a tenant's deliveries wait for this server, once in a while.
    private func report(deferred delivery: ClaimedDelivery, _ attempt: Delivery.Attempt) {
        let now = environment.now
        let count: Int? = state.withLock { state in
            let (before, reportedAt) = state.deferrals[delivery.tenant] ?? (0, nil)
            if let reportedAt, now.since(reportedAt) < ServiceLimits.deferralReportInterval, now >= reportedAt {
                state.deferrals[delivery.tenant] = (before + 1, reportedAt)
                return nil
            }
            state.deferrals[delivery.tenant] = (0, now)
            return before + 1
        }
        guard let count else { return }
        logger.warning(
            "webhook deliveries are deferred, and no attempt is counted: \(attempt.error ?? "")",
            metadata: ["tenant": "\(delivery.tenant)", "delivery": "\(delivery.uuid)", "deferred": "\(count)"])
    }

    private func attempt(_ delivery: ClaimedDelivery) async -> Delivery.Attempt {
        let now = environment.now
        let request = WebhookRequest(
            delivery.eventID, delivery.type, of: delivery.tenant, to: delivery.url, body: delivery.payload,
            secrets: delivery.secrets,
            at: now,
            egress: EgressPolicy(tenant: delivery.tenantKind, servedOnLoopback: servedOnLoopback))
        guard let request else {
            return Delivery.Attempt(
                at: now, duration: .zero, statusCode: nil, error: "the webhook secret cannot be read", answer: [])
        }
        return await sender.send(request)
    }
}
