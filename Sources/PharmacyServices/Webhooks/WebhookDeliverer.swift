package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle
internal import Synchronization

/// Sends webhooks that are due, each at least once, those of one order to one URL in their order (`DeliveryState`).
///
/// For each tenant one transaction records the results of attempts and claims the next deliveries. While it is in progress more
/// attempts end, so that under load each transaction carries many.
package final class WebhookDeliverer: Service {
    private struct State {
        var slots = DeliverySlots(total: ServiceLimits.deliveriesInFlight)
        /// Results that are not recorded yet.
        var results: [AttemptResult] = []
        /// Whether nothing is claimed any more, so that each attempt records its own result.
        var isStopping = false
        /// Tenants whose deliveries are deferred: how many were since the latest report, and when that was.
        var deferrals: [TenantID: (count: Int, reportedAt: Timestamp?)] = [:]
    }

    private let environment: ServiceEnvironment
    private let sender: any WebhookSending
    private let policy: DeliveryPolicy
    private let servedOnLoopback: Bool
    private let notifier: ChangeNotifier
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
    }

    package func run() async throws {
        await withDiscardingTaskGroup { group in
            // The group outlives each round: a slow receiver delays its own deliveries and no others.
            let (claims, feed) = AsyncStream.makeStream(of: Claim.self)
            group.addTask {
                await BackgroundJob(
                    "webhook delivery", on: .deliveries, of: self.notifier, time: self.environment.time,
                    logger: self.logger
                ) { try await self.recordAndClaim { _ = feed.yield($0) } }.run()
                self.state.withLock { $0.isStopping = true }
                await self.recordRemaining()
                feed.finish()
            }
            // There are never more tasks than slots: nothing is claimed without a slot.
            for await claim in claims { group.addTask { await self.deliver(claim) } }
        }
    }

    /// A delivery that was claimed, and for how long.
    private struct Claim: Sendable {
        let delivery: ClaimedDelivery
        let lease: Lease
    }

    // MARK: Recording and claiming

    /// Records results and claims deliveries that are due and may start, until there are no more of either.
    /// - Returns: when the next delivery is due; `nil` when there is none, or an attempt must end first.
    private func recordAndClaim(_ start: @escaping @Sendable (Claim) -> Void) async throws -> Timestamp? {
        while true {
            let now = environment.now
            let slots = state.withLock(\.slots)
            let held = HeldDeliveries(try await environment.quarantine.held())
            let plan = try await environment.store.systemRead {
                try $0.planDeliveries(in: slots, limit: ServiceLimits.deliveryBatch, at: now, skipping: held)
            }
            let results = takeResults()
            if plan.claims.isEmpty, results.isEmpty { return plan.next }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for tenant in Set(plan.claims.keys).union(results.keys) {
                    group.addTask {
                        try await self.recordAndClaim(
                            tenant, results: results[tenant] ?? [], plan: plan.claims[tenant] ?? [], start)
                    }
                }
                // The failure of one tenant's round leaves the others' rounds running to their end.
                var failure: (any Error)?
                while let result = await group.nextResult() {
                    if case .failure(let error) = result { failure = error }
                }
                if let failure { throw failure }
            }
        }
    }

    private func recordAndClaim(
        _ tenant: TenantID, results: [AttemptResult], plan: [PlannedClaim], _ start: @Sendable (Claim) -> Void
    ) async throws {
        let now = environment.now
        let lease = Lease(of: ServiceLimits.deliveryLease, from: environment.time)
        let identifiers = environment.entropy.eventIdentifiers(at: now)
        let (failing, claimed): (Int, ClaimedDeliveries)
        do {
            (failing, claimed) = try await environment.store.write(tenant) { scope in
                let failing = try scope.record(results, at: now, identifiers: identifiers)
                let claimed = try scope.claimDeliveries(plan, at: now, leaseExpiresAt: lease.expiresAt)
                return (failing, claimed)
            }
        } catch StoreError.noSuchTenant {
            return
        } catch {
            return try await recover(results, of: tenant, after: error)
        }
        for _ in 0..<failing {
            logger.warning(
                "deliveries to a webhook URL keep failing; the tenant finds the URL in its webhook health",
                metadata: ["tenant": "\(tenant)"])
        }
        environment.quarantine.note(claimed.failures)
        state.withLock { state in
            for delivery in claimed.deliveries { state.slots.begin(delivery.receiver) }
        }
        for delivery in claimed.deliveries { start(Claim(delivery: delivery, lease: lease)) }
        await clearQuarantine(of: claimed.deliveries, tenant)
    }

    /// Clears the quarantine of a tenant and its URLs: a delivery that was claimed could be read.
    private func clearQuarantine(of deliveries: [ClaimedDelivery], _ tenant: TenantID) async {
        guard !deliveries.isEmpty else { return }
        await environment.quarantine.succeeded(QuarantinedItem.Key(.webhookSecret, of: tenant))
        for endpoint in Set(deliveries.map(\.receiver.endpoint)) {
            await environment.quarantine.succeeded(QuarantinedItem.Key(.endpoint, String(endpoint), of: tenant))
        }
    }

    // MARK: Results

    private func takeResults() -> [TenantID: [AttemptResult]] {
        state.withLock { state in
            defer { state.results = [] }
            return Dictionary(grouping: state.results, by: \.delivery.tenant)
        }
    }

    /// Saves results whose transaction failed. Where the store failed they are recorded in the next round; otherwise each is
    /// recorded on its own, so that one that cannot be recorded does not hold up the others.
    private func recover(_ results: [AttemptResult], of tenant: TenantID, after error: any Error) async throws {
        switch error {
        case StoreError.unavailable, StoreError.locked, StoreError.outcomeUnknown, StoreError.overloaded,
            StoreError.closed:
            state.withLock { $0.results = results + $0.results }
            throw error
        default:
            for result in results { await recordAlone(result) }
            // Where the tenant's records cannot be decrypted, its deliveries are skipped until the next try.
            if let reason = QuarantinedItem.Reason(error),
                try await environment.quarantine.recordTenant(tenant, reason)
            {
                return
            }
            if results.isEmpty { throw error }
        }
    }

    private func recordAlone(_ result: AttemptResult) async {
        do {
            let now = environment.now
            let identifiers = environment.entropy.eventIdentifiers(at: now)
            try await environment.store.write(result.delivery.tenant) {
                _ = try $0.record([result], at: now, identifiers: identifiers)
            }
            environment.failures.succeeded("recording webhook attempts")
        } catch StoreError.noSuchTenant {
            return
        } catch {
            // The claim expires and the delivery is repeated: each is made at least once.
            environment.failures.failed(
                "recording webhook attempts", error,
                metadata: ["tenant": "\(result.delivery.tenant)", "delivery": "\(result.delivery.uuid)"])
        }
    }

    /// Records the results since the last round.
    private func recordRemaining() async {
        for result in takeResults().values.joined() { await recordAlone(result) }
    }

    // MARK: Attempts

    private func deliver(_ claim: Claim) async {
        let delivery = claim.delivery
        guard claim.lease.outlasts(DeliveryPolicy.timeout, at: environment.time) else {
            // This process was stopped, or slow. Before an attempt could end, another worker may claim the delivery.
            logger.notice(
                "a claim on a webhook delivery was lost, because it expired before the attempt; it is repeated",
                metadata: ["tenant": "\(delivery.tenant)", "delivery": "\(delivery.uuid)"])
            state.withLock { $0.slots.end(delivery.receiver) }
            return notifier.notify([.deliveries])
        }
        let attempt = await attempt(delivery)
        if attempt.statusCode == nil, Task.isCancelled {
            // Interrupted by the end of this process, not by the receiver: the attempt does not count and is repeated.
            return state.withLock { $0.slots.end(delivery.receiver) }
        }
        let verdict = policy.verdict(
            on: attempt, attempts: delivery.attempts + 1, schedule: delivery.schedule)
        WebhookMetrics.count(attempt, verdict: verdict)
        if !attempt.counts { report(deferred: delivery, attempt) }
        let result = AttemptResult(delivery: delivery, attempt: attempt, verdict: verdict)
        let isStopping = state.withLock { state in
            state.slots.end(delivery.receiver)
            if !state.isStopping { state.results.append(result) }
            return state.isStopping
        }
        if isStopping {
            await recordAlone(result)
        } else {
            notifier.notify([.deliveries])
        }
    }

    /// Logs that a tenant's deliveries wait for resources of this server, at most once in
    /// `ServiceLimits.deferralReportInterval`.
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
            secrets: delivery.secrets, at: now,
            egress: EgressPolicy(tenant: delivery.tenantKind, servedOnLoopback: servedOnLoopback))
        guard let request else {
            return Delivery.Attempt(
                at: now, duration: .zero, statusCode: nil, error: "the webhook secret cannot be read", response: [])
        }
        return await sender.send(request)
    }
}
