internal import Logging
internal import PharmacyDomain
internal import PharmacyStore
internal import Synchronization

/// Claims the orders of a queue that are due, lane by lane as slots become free (`DispatchSlots`), and works on all claimed
/// orders concurrently: a slow pharmacy delays its own orders and no others.
struct LaneWorker<Claimed: ClaimedOrder>: Sendable {
    /// An order that was claimed, and for how long.
    struct Claim: Sendable {
        let order: Claimed
        let lease: Lease
    }

    typealias Plan =
        @Sendable (SystemScope, DispatchSlots, _ limit: Int, _ now: Timestamp, _ skipped: Set<TenantID>) throws ->
        DispatchPlan
    typealias Claims =
        @Sendable (SystemScope, DispatchPlan, _ now: Timestamp, _ leaseExpiresAt: Timestamp) throws ->
        PlannedClaims<Claimed>

    let environment: ServiceEnvironment
    let capacity: LaneCapacity
    /// The most orders that one transaction claims.
    let batch: Int
    let lease: Duration
    /// The shortest time between two claims. Orders that arrive shortly after one another share a claim and, because they are
    /// then sent together, the commits of their results.
    var interval = Duration.zero
    let plan: Plan
    let claims: Claims

    /// Claims and works until graceful shutdown or cancellation.
    /// - Parameters:
    ///   - name: names the job in the log.
    ///   - channel: notifies of orders that may be due.
    func run(
        _ name: String, on channel: StoreChannel, of notifier: ChangeNotifier, logger: Logger,
        each body: @escaping @Sendable (Claim) async -> Void
    ) async {
        await withDiscardingTaskGroup { group in
            // The group outlives each round, so that no round waits for a slow pharmacy.
            let (claims, feed) = AsyncStream.makeStream(of: Claim.self)
            group.addTask {
                await BackgroundJob(name, on: channel, of: notifier, time: environment.time, logger: logger) {
                    if interval > .zero, let last = capacity.lastClaim {
                        try await Task.sleep(until: last + interval, clock: .continuous)
                    }
                    return try await claimDue { _ = feed.yield($0) }
                }.run()
                feed.finish()
            }
            // There are never more tasks than slots: nothing is claimed without a slot.
            for await claim in claims { group.addTask { await body(claim) } }
        }
    }

    /// Works on everything that is due, and waits for its end.
    /// - Returns: when the next order is due.
    func drain(each body: @escaping @Sendable (Claim) async -> Void) async throws -> Timestamp? {
        while true {
            let round = Mutex<[Claim]>([])
            let next = try await claimDue { claim in round.withLock { $0.append(claim) } }
            let claims = round.withLock(\.self)
            if claims.isEmpty { return next }
            await withTaskGroup(of: Void.self) { group in
                for claim in claims { group.addTask { await body(claim) } }
            }
        }
    }

    /// Claims orders that are due and may start, until there are no more.
    /// - Returns: when the next order is due; `nil` when there is none, or a slot must become free first.
    private func claimDue(_ start: @escaping @Sendable (Claim) -> Void) async throws -> Timestamp? {
        let store = environment.store
        var hasAssigned = false
        while true {
            let now = environment.now
            let inFlight = capacity.beginPlan()
            let skipped = try await environment.quarantine.heldTenants()
            let planned = try await store.systemRead { try plan($0, inFlight, batch, now, skipped) }
            if planned.hasUnassigned, !hasAssigned {
                hasAssigned = true
                try await store.systemWrite(.claims) {
                    try $0.assignDispatchLanes(limit: ServiceLimits.dispatchLaneBatch)
                }
                continue
            }
            if planned.lanes.isEmpty {
                capacity.endPlan(isShort: planned.isShort)
                // More orders have no lane than one transaction assigns, or they are locked now.
                return planned.hasUnassigned ? now + ServiceLimits.failureWait : planned.next
            }
            let lease = Lease(of: lease, from: environment.time)
            let claimed = try await store.systemWrite(.claims) { try claims($0, planned, now, lease.expiresAt) }
            capacity.begin(claimed.claims.map(\.lane))
            for order in claimed.claims { start(Claim(order: order, lease: lease)) }
            if claimed.mayHaveMore, !claimed.claims.isEmpty { continue }
            capacity.endPlan(isShort: claimed.isShort)
            // All due orders are locked at present. A new plan at once would only spin.
            if claimed.claims.isEmpty { return now + ServiceLimits.failureWait }
            return planned.next
        }
    }
}
