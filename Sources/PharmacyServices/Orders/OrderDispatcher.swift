package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle
internal import Synchronization

/// Hands accepted orders to the pharmacy's system until it has them or refuses them. An order's uuid makes a second
/// hand-over the same prescription, so that a crash at any moment costs a repetition and no more.
///
/// Orders are claimed as slots become free, lane by lane (`DispatchSlots`): a pharmacy that is slow holds up its own
/// orders and nobody else's.
package final class OrderDispatcher: Service {
    private let environment: ServiceEnvironment
    private let systems: PharmacySystems
    private let work: BackgroundWork
    private let notifier: ChangeNotifier
    private let logger: Logger
    private let maximumAge: Duration
    private let reconciliation: ReconciliationPolicy
    private let room = DispatchCapacity(total: ServiceLimits.dispatchesInFlight)
    private let lastClaim = Mutex<ContinuousClock.Instant?>(nil)

    /// - Parameter maximumAge: how long an order that cannot be handed over is tried.
    package init(
        environment: ServiceEnvironment, systems: PharmacySystems, maximumAge: Duration = ServiceLimits.dispatchAge,
        reconciliation: ReconciliationPolicy = ReconciliationPolicy(), notifier: ChangeNotifier, logger: Logger
    ) {
        self.maximumAge = maximumAge
        self.reconciliation = reconciliation
        self.environment = environment
        self.systems = systems
        self.notifier = notifier
        self.logger = logger
        work = BackgroundWork(
            name: "order dispatch", channel: .dispatch, notifier: notifier, time: environment.time, logger: logger)
    }

    /// An order that was claimed.
    private struct Claim: Sendable {
        let dispatch: ClaimedDispatch
        let lease: Lease
    }

    package func run() async throws {
        await withDiscardingTaskGroup { group in
            // The group outlives each round: a slow pharmacy holds up its own orders and nobody else's.
            let (claims, feed) = AsyncStream.makeStream(of: Claim.self)
            group.addTask {
                await self.work.run {
                    try await self.pace()
                    return try await self.claimDue { _ = feed.yield($0) }
                }
                feed.finish()
            }
            // No more than there are slots: nothing is claimed without one.
            for await claim in claims { group.addTask { await self.handOrLeave(claim) } }
        }
    }

    /// Waits until orders may be claimed again after the last claim: those that come one shortly after the other share a
    /// claim and, as they then go together, the commits of what becomes of them.
    private func pace() async throws {
        guard let last = lastClaim.withLock(\.self) else { return }
        try await Task.sleep(until: last + ServiceLimits.dispatchClaimInterval, clock: .continuous)
    }

    /// Does what is due, and waits for its end.
    /// - Returns: when the next is.
    package func dispatchDue() async throws -> Timestamp? {
        while true {
            let round = Mutex<[Claim]>([])
            let next = try await claimDue { claim in round.withLock { $0.append(claim) } }
            let claims = round.withLock(\.self)
            if claims.isEmpty { return next }
            await withTaskGroup(of: Void.self) { group in
                for claim in claims { group.addTask { await self.handOrLeave(claim) } }
            }
        }
    }

    /// Claims what is due and may start, until nothing is.
    /// - Returns: when the next is due; `nil` when one must end first, which rings the bell, or none is there.
    private func claimDue(_ start: @escaping @Sendable (Claim) -> Void) async throws -> Timestamp? {
        var hasAssigned = false
        while true {
            let now = environment.now
            let inFlight = room.beginPlan()
            let held = try await environment.quarantine.heldTenants()
            let plan = try await environment.store.systemRead {
                try $0.planDispatches(in: inFlight, limit: ServiceLimits.dispatchBatch, at: now, skipping: held)
            }
            if plan.hasUnassigned, !hasAssigned {
                hasAssigned = true
                try await environment.store.systemWrite(.claims) {
                    try $0.assignDispatchLanes(limit: ServiceLimits.dispatchLaneBatch)
                }
                continue
            }
            if plan.lanes.isEmpty {
                room.endPlan(isShort: plan.isShort)
                // More than one transaction gives lanes to, or locked just now.
                return plan.hasUnassigned ? now + ServiceLimits.failureWait : plan.next
            }
            let lease = Lease(of: ServiceLimits.dispatchLease, from: environment.time)
            let claimed = try await environment.store.systemWrite(.claims) {
                try $0.claimDispatches(plan, at: now, leaseExpiresAt: lease.expiresAt)
            }
            room.begin(claimed.claims.map(\.lane))
            lastClaim.withLock { $0 = .now }
            for dispatch in claimed.claims { start(Claim(dispatch: dispatch, lease: lease)) }
            if claimed.mayHaveMore, !claimed.claims.isEmpty { continue }
            room.endPlan(isShort: claimed.isShort)
            // All that was due is locked at the moment: to plan again at once would be to spin.
            if claimed.claims.isEmpty { return now + ServiceLimits.failureWait }
            return plan.next
        }
    }

    /// Hands one order over. A failure of our own is that order's alone: its claim runs out, and it is tried again.
    private func handOrLeave(_ claim: Claim) async {
        let dispatch = claim.dispatch
        var isDone = false
        do {
            let key = QuarantinedItem.Key(.dispatch, dispatch.order.description, of: dispatch.tenant)
            let end: Void? = try await environment.quarantine.isolating(key, claim: dispatch.leaseExpiresAt) {
                try await self.hand(claim)
            }
            isDone = end != nil
            environment.failures.succeeded("handing orders over")
        } catch {
            environment.failures.failed("handing orders over", error, metadata: ["order": "\(dispatch.order)"])
        }
        let isAwaited = room.end(dispatch.lane)
        // One that was put off is due at another time than its claim says.
        if isAwaited || !isDone { notifier.notify([.dispatch]) }
    }

    /// What a try came to.
    private struct Outcome {
        let answer: PharmacyResult
        /// What the pharmacy said of the patient; `nil` where it was not told of them.
        var sync: PatientSync?
        /// The pharmacy may have the order although it has not said so.
        let isUncertain: Bool
    }

    private func hand(_ claim: Claim) async throws {
        let dispatch = claim.dispatch
        let found = try await environment.store.systemRead { scope in
            (
                tenant: try scope.tenant(identified: dispatch.tenant),
                papers: try scope.tenant(dispatch.tenant).dispatchPayload(dispatch.order)
            )
        }
        guard let tenant = found.tenant, let (order, patient) = found.papers else { return }
        // Suspended since the claim: the order waits for its tenant.
        guard tenant.status == .active else { return }
        guard order.dispatch.status == .pending else { return try await settle(dispatch, of: tenant) }
        guard let outcome = await attempt(claim, order: order, patient: patient, tenant: tenant) else {
            // The claim runs out, or another worker holds the order by now: nothing is known of it here.
            logger.notice("a claim on an order was lost", metadata: ["order": "\(dispatch.order)"])
            return
        }
        let (now, entropy, policy) = (environment.now, environment.entropy, reconciliation)
        let system = systems.system(of: tenant)
        try await environment.store.write(tenant.id) { scope in
            // What comes of a claim that was lost changes nothing.
            guard let kept = try scope.order(claimedBy: dispatch), kept.order.dispatch.status == .pending else {
                return
            }
            // A patient who is unreadable by now was readable when the order was placed: the order does not fail for it.
            if let sync = outcome.sync, var current = try ifReadable({ try scope.patient(patient.id) }),
                current.details == patient.details
            {
                current.sync = sync
                try scope.updatePatient(current, at: now)
            }
            var next = kept.order
            switch outcome.answer {
            case .accepted:
                next.dispatch = next.dispatch.settled(.accepted, attempts: dispatch.attempts)
                try system.recordAcceptance(of: kept, in: scope)
                scope.audit(.orderDispatched, [order.id.description, patient.id.description], at: now)
            case .refused(let reason):
                next = try scope.apply(Order.Report(.failed, reason: reason), to: kept, at: now, entropy: entropy)
                next.dispatch = next.dispatch.settled(.refused, attempts: dispatch.attempts)
            case .unavailable(let failure):
                next.dispatch = next.dispatch.postponed(
                    until: now + OrderDispatcher.wait(after: failure, attempts: dispatch.attempts),
                    because: failure.reason.rawValue, attempts: dispatch.attempts)
            case .superseded: return
            }
            let isWatched = next.dispatch.status == .accepted && !tenant.isSandbox
            try scope.recordDispatch(
                kept.with(next), isUncertain: outcome.isUncertain,
                reconcileAt: isWatched ? policy.next(for: next, at: now) : nil)
        }
    }

    /// Takes an order from the queue that is there although it needs no dispatch, such as one that was cancelled while it
    /// was quarantined: it must not reach the pharmacy.
    private func settle(_ dispatch: ClaimedDispatch, of tenant: Tenant) async throws {
        let (now, policy) = (environment.now, reconciliation)
        try await environment.store.write(tenant.id) { scope in
            guard let kept = try scope.order(claimedBy: dispatch), kept.order.dispatch.status != .pending else {
                return
            }
            let isWatched = kept.order.dispatch.status == .accepted && !tenant.isSandbox
            try scope.recordDispatch(
                kept, isUncertain: false, reconcileAt: isWatched ? policy.next(for: kept.order, at: now) : nil)
        }
    }

    /// - Returns: `nil` when the claim does not hold any more, or the pharmacy has seen a later one.
    private func attempt(_ claim: Claim, order: Order, patient: Patient, tenant: Tenant) async -> Outcome? {
        let dispatch = claim.dispatch
        let system = systems.system(of: tenant)
        guard holds(claim) else { return nil }
        // A claim whose end was never kept is one that a crash cut off, at whatever point.
        let wasUncertain = dispatch.isUncertain || dispatch.attempts - 1 > order.dispatch.attempts
        if environment.now.since(order.createdAt) >= maximumAge {
            let answer = await withdraw(order, isUncertain: wasUncertain, from: system, tenant: tenant)
            return Outcome(answer: answer, isUncertain: wasUncertain)
        }
        let told = await system.putPatient(patient, tenant: tenant)
        let sync = told.sync(at: environment.now)
        guard case .accepted = told else { return Outcome(answer: told, sync: sync, isUncertain: wasUncertain) }
        // The first call may have taken its time, or this process been stopped in it.
        guard holds(claim) else { return nil }
        let answer = await system.submit(order, patient: patient, tenant: tenant, fencingToken: dispatch.attempts)
        switch answer {
        case .superseded: return nil
        case .unavailable(let failure):
            return Outcome(answer: answer, sync: sync, isUncertain: wasUncertain || failure.mayHaveTakenEffect)
        case .accepted, .refused: return Outcome(answer: answer, sync: sync, isUncertain: false)
        }
    }

    /// Whether the claim outlasts a call: by then another worker may be given the order.
    private func holds(_ claim: Claim) -> Bool {
        claim.lease.outlasts(ServiceLimits.pharmacyTimeout, at: environment.time)
    }

    /// Gives an order up that has waited too long. One that the pharmacy may have is asked back first: nobody is told
    /// that an order has failed whose medicine is on its way.
    private func withdraw(
        _ order: Order, isUncertain: Bool, from system: any PharmacySystem, tenant: Tenant
    ) async -> PharmacyResult {
        let givenUp = PharmacyResult.refused(reason: "The pharmacy could not be reached.")
        guard isUncertain else { return givenUp }
        return switch await system.cancel(order.id, reason: nil, tenant: tenant) {
        case .agreed: givenUp
        case .tooLate: .accepted
        case .unavailable(let failure): .unavailable(failure)
        }
    }

    /// An order that was not even tried waits no longer than a system that is known to be down is left alone.
    private static func wait(after failure: PharmacySystemFailure, attempts: Int) -> Duration {
        let wait = backoff(attempts: attempts)
        let isUntried = failure.reason == .circuitOpen || failure.reason == .overloaded
        return isUntried ? min(wait, ServiceLimits.circuitCoolDown) : wait
    }

    /// 1 s, 2 s, 4 s … up to `ServiceLimits.dispatchBackoffLimit`.
    static func backoff(attempts: Int) -> Duration {
        min(.seconds(1 << min(max(attempts - 1, 0), 12)), ServiceLimits.dispatchBackoffLimit)
    }
}
