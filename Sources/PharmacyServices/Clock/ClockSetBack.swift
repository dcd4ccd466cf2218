package import PharmacyDomain
internal import PharmacyStore

/// Brings forward what a clock has put off that was fast and has been set back: what is due later than its own longest delay
/// from now is due.
package struct ClockSetBack: Sendable {
    private let environment: ServiceEnvironment
    private let delays: LongestDelays

    package init(environment: ServiceEnvironment, delays: LongestDelays) {
        self.environment = environment
        self.delays = delays
    }

    /// Each batch is a transaction of its own.
    /// - Parameter claimed: also webhook deliveries that are claimed. Their claims are void then, so that this is for when
    ///   every claim that was held when the clock was set back is over.
    package func bringForward(claimed: Bool) async throws {
        let now = environment.now
        try await bringForwardJobs(now)
        try await bringForwardDeliveries(now, claimed: claimed)
        try await bringForwardOrders(now)
        guard let simulation = delays.simulation else { return }
        let (latest, quarantined) = (latest(simulation, now), latest(max(simulation, delays.quarantine), now))
        try await batches(in: .claims) {
            try $0.bringSimulationsForward(dueAfter: latest, quarantined: quarantined, to: now)
        }
    }

    /// The latest moment at which work may be due that is put off by a span. Clocks may differ a little.
    private func latest(_ delay: Duration, _ now: Timestamp) -> Timestamp {
        now + delay + ServiceLimits.clockSetBackTolerance
    }

    private func bringForwardJobs(_ now: Timestamp) async throws {
        let (quarantine, job) = (latest(delays.quarantine, now), latest(delays.job, now))
        let wipe = now + delays.wipe
        try await environment.store.systemWrite { scope in
            try scope.bringQuarantineForward(dueAfter: quarantine, to: now)
            try scope.bringJobsForward(claimedAfter: job, to: now)
            try scope.bringWipesForward(to: wipe)
        }
        environment.quarantine.forget()
    }

    private func bringForwardDeliveries(_ now: Timestamp, claimed: Bool) async throws {
        let latest = latest(delays.delivery, now)
        let endpoints = try await environment.store.systemRead { try $0.endpointsDue(after: latest) }
        for (tenant, endpoint) in endpoints {
            try await batches(in: .tenant(tenant)) {
                try $0.bringForward(endpoint: endpoint, dueAfter: latest, claimed: claimed, to: now)
            }
        }
    }

    private func bringForwardOrders(_ now: Timestamp) async throws {
        let dispatch = latest(delays.dispatch, now)
        let heldDispatch = latest(max(delays.dispatch, delays.quarantine), now)
        let lease = now + ServiceLimits.dispatchLease
        for lane in try await environment.store.systemRead({ try $0.lanesDue(after: dispatch) }) {
            try await batches(in: .claims) {
                try $0.bringForward(
                    lane: lane, dueAfter: dispatch, quarantined: heldDispatch, to: now, claimed: lease)
            }
        }
        let reconciliation = latest(delays.reconciliation, now)
        let heldReconciliation = latest(max(delays.reconciliation, delays.quarantine), now)
        let refundWatch = latest(max(delays.refundWatch, delays.reconciliation), now)
        let nextQuestion = now + ServiceLimits.reconciliationLease
        for tenant in try await environment.store.systemRead({ try $0.tenantsReconciled(after: reconciliation) }) {
            try await batches(in: .claims) {
                try $0.bringReconciliationsForward(
                    of: tenant, dueAfter: reconciliation, refundWatch: refundWatch, quarantined: heldReconciliation,
                    to: nextQuestion)
            }
        }
    }

    /// Changes batches until one is not full.
    private func batches(
        in scope: WriteScope, _ change: @escaping @Sendable (SystemScope) throws -> Int
    ) async throws {
        while try await environment.store.systemWrite(scope, change) >= StoreLimits.pruneBatch {
            try Task.checkCancellation()
        }
    }
}

extension LongestDelays {
    /// As the settings have it.
    package init(
        retryDelay: Duration, reconciliation: ReconciliationPolicy, pace: SandboxPace, wipeEvery: Duration
    ) {
        let simulation: Duration? = if case .every(let step) = pace { step } else { nil }
        self.init(
            delivery: max(retryDelay, ServiceLimits.deliveryLease),
            dispatch: max(ServiceLimits.dispatchBackoffLimit, ServiceLimits.dispatchLease),
            reconciliation: max(reconciliation.after, ServiceLimits.reconciliationLease),
            refundWatch: ReconciliationPolicy.refundInterval, simulation: simulation,
            quarantine: max(QuarantinePolicy.longestWait, ServiceLimits.quarantineRecheck), wipe: wipeEvery,
            job: ServiceLimits.integrityLease)
    }
}
