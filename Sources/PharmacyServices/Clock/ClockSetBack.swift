package import PharmacyDomain
internal import PharmacyStore

/// Reschedules work after a clock that was fast has been set back: work that is due later than its longest delay from now becomes
/// due.
package struct ClockSetBack: Sendable {
    private let environment: ServiceEnvironment
    private let delays: LongestDelays

    package init(environment: ServiceEnvironment, delays: LongestDelays) {
        self.environment = environment
        self.delays = delays
    }

    /// Reschedules all work. Each batch is a transaction of its own.
    /// - Parameter claimed: whether to include claimed webhook deliveries. Their claims end, so this must only be `true` when all
    ///   claims that were held when the clock was set back are over.
    package func reschedule(claimed: Bool) async throws {
        let now = environment.now
        try await rescheduleJobs(now)
        try await rescheduleDeliveries(now, claimed: claimed)
        try await rescheduleOrders(now)
        guard let simulation = delays.simulation else { return }
        let (latest, quarantined) = (latest(simulation, now), latest(max(simulation, delays.quarantine), now))
        try await batches(in: .claims) {
            try $0.rescheduleSimulations(dueAfter: latest, quarantined: quarantined, to: now)
        }
    }

    /// The latest due time of work with a delay. Clocks may differ slightly.
    private func latest(_ delay: Duration, _ now: Timestamp) -> Timestamp {
        now + delay + ServiceLimits.clockSetBackTolerance
    }

    private func rescheduleJobs(_ now: Timestamp) async throws {
        let (quarantine, job) = (latest(delays.quarantine, now), latest(delays.job, now))
        let wipe = now + delays.wipe
        try await environment.store.systemWrite { scope in
            try scope.rescheduleQuarantine(dueAfter: quarantine, to: now)
            try scope.rescheduleJobs(claimedAfter: job, to: now)
            try scope.rescheduleWipes(to: wipe)
        }
        environment.quarantine.invalidate()
    }

    private func rescheduleDeliveries(_ now: Timestamp, claimed: Bool) async throws {
        let (latest, extended) = (latest(delays.delivery, now), latest(delays.extendedDelivery, now))
        let endpoints = try await environment.store.systemRead { try $0.endpointsDue(after: latest) }
        for (tenant, endpoint) in endpoints {
            try await batches(in: .tenant(tenant)) {
                try $0.rescheduleDeliveries(
                    endpoint: endpoint, dueAfter: latest, extended: extended, claimed: claimed, to: now)
            }
        }
    }

    private func rescheduleOrders(_ now: Timestamp) async throws {
        let dispatch = latest(delays.dispatch, now)
        let heldDispatch = latest(max(delays.dispatch, delays.quarantine), now)
        let lease = now + ServiceLimits.dispatchLease
        for lane in try await environment.store.systemRead({ try $0.lanesDue(after: dispatch) }) {
            try await batches(in: .claims) {
                try $0.rescheduleDispatches(
                    lane: lane, dueAfter: dispatch, quarantined: heldDispatch, to: now, claimed: lease)
            }
        }
        let reconciliation = latest(delays.reconciliation, now)
        let heldReconciliation = latest(max(delays.reconciliation, delays.quarantine), now)
        let refundWatch = latest(max(delays.refundWatch, delays.reconciliation), now)
        let nextQuery = now + ServiceLimits.reconciliationLease
        for tenant in try await environment.store.systemRead({ try $0.tenantsReconciled(after: reconciliation) }) {
            try await batches(in: .claims) {
                try $0.rescheduleReconciliations(
                    of: tenant, dueAfter: reconciliation, refundWatch: refundWatch, quarantined: heldReconciliation,
                    to: nextQuery)
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
    /// The longest delays with the given settings.
    package init(
        retryDelay: Duration, reconciliation: ReconciliationPolicy, pace: SandboxPace, wipeEvery: Duration
    ) {
        let simulation: Duration? = if case .every(let step) = pace { step } else { nil }
        self.init(
            delivery: max(retryDelay, ServiceLimits.deliveryLease),
            extendedDelivery: max(
                DeliveryPolicy(retryDelay: retryDelay).longestDelay(.extended), ServiceLimits.deliveryLease),
            dispatch: max(ServiceLimits.dispatchBackoffLimit, ServiceLimits.dispatchLease),
            reconciliation: max(reconciliation.after, ServiceLimits.reconciliationLease),
            refundWatch: ReconciliationPolicy.refundInterval, simulation: simulation,
            quarantine: max(QuarantinePolicy.longestWait, ServiceLimits.quarantineRecheck), wipe: wipeEvery,
            job: ServiceLimits.integrityLease)
    }
}
