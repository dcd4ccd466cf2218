internal import Logging
internal import PharmacyDomain
internal import PharmacyStore

/// Makes attempts to dispatch claimed orders, and records their results.
struct DispatchAttempts: Sendable {
    let environment: ServiceEnvironment
    let systems: PharmacySystems
    /// For how long an order that cannot be submitted is tried.
    let maximumAge: Duration
    let reconciliation: ReconciliationPolicy
    let logger: Logger

    /// The result of an attempt.
    private struct Outcome {
        let result: PharmacyResult
        /// Whether the pharmacy has the patient; `nil` where the patient was not sent.
        var sync: PatientSync?
        /// Whether the order itself was sent.
        var isSubmission = true

        /// `nil` for an attempt that another worker has overtaken.
        var end: DispatchState.AttemptEnd? {
            switch result {
            case .accepted: .accepted
            case .refused: .refused
            case .unavailable(let failure):
                .unavailable(mayHaveArrived: isSubmission && failure.mayHaveTakenEffect)
            case .superseded: nil
            }
        }
    }

    /// Makes one attempt and records its result, unless the claim was lost meanwhile.
    func make(_ claim: ClaimedDispatch, lease: Lease) async throws {
        let found = try await environment.store.readRecord(claim.tenant) { scope in
            (tenant: try scope.tenantRecord(), payload: try scope.dispatchPayload(claim.order))
        }
        guard let tenant = found.tenant, let payload = found.payload else { return }
        // Suspended since the claim: the order waits for its tenant.
        guard tenant.status == .active else { return }
        let (state, action) = claim.state.confirmed(by: payload.order.dispatch.status)
        guard action == .submit else { return try await leaveQueue(claim, of: tenant) }
        let attempt = DispatchAttempt(
            claim: claim, state: state, lease: lease, payload: payload, tenant: tenant,
            system: systems.system(of: tenant))
        guard let outcome = await outcome(of: attempt) else {
            logger.notice(
                "a claim on an order was lost, because it expired; the order is tried again",
                metadata: ["order": "\(claim.order)"])
            return
        }
        try await record(outcome, of: attempt)
    }

    // MARK: Attempting

    private struct DispatchAttempt: Sendable {
        let claim: ClaimedDispatch
        /// `sending` or `resending`.
        let state: DispatchState
        let lease: Lease
        let payload: DispatchPayload
        let tenant: Tenant
        let system: any PharmacySystem
    }

    /// - Returns: `nil` when the claim may have expired, or the pharmacy has seen a later one: nothing is known of the order.
    private func outcome(of attempt: DispatchAttempt) async -> Outcome? {
        let (payload, tenant, system) = (attempt.payload, attempt.tenant, attempt.system)
        guard isHeld(attempt.lease) else { return nil }
        if environment.now.since(payload.order.createdAt) >= maximumAge {
            return Outcome(result: await giveUp(attempt, reason: "The pharmacy could not be reached."))
        }
        let registered = await system.putPatient(payload.patient, tenant: tenant)
        let sync = registered.sync(at: environment.now)
        switch registered {
        case .accepted: break
        case .refused(let reason): return Outcome(result: await giveUp(attempt, reason: reason), sync: sync)
        case .unavailable, .superseded: return Outcome(result: registered, sync: sync, isSubmission: false)
        }
        // The first request may have taken long, or this process may have been stopped meanwhile.
        guard isHeld(attempt.lease) else { return nil }
        let result = await system.submit(
            payload.order, patient: payload.patient, tenant: tenant, fencingToken: attempt.claim.attempts)
        return result == .superseded ? nil : Outcome(result: result, sync: sync)
    }

    /// Whether the claim outlasts a request: after its end another worker may claim the order.
    private func isHeld(_ lease: Lease) -> Bool {
        lease.outlasts(ServiceLimits.pharmacyTimeout, at: environment.time)
    }

    /// Fails an order. If the pharmacy may have it, the pharmacy must agree to cancel it first: an order must not
    /// fail while its medicine is on its way.
    private func giveUp(_ attempt: DispatchAttempt, reason: String) async -> PharmacyResult {
        guard attempt.state.expiryAction == .askPharmacyFirst else { return .refused(reason: reason) }
        return switch await attempt.system.cancel(attempt.claim.order, reason: nil, tenant: attempt.tenant) {
        case .agreed: .refused(reason: reason)
        case .tooLate: .accepted
        case .unavailable(let failure): .unavailable(failure)
        }
    }

    // MARK: Recording

    /// Records the result of an attempt, in the transaction that checks that the claim still holds.
    private func record(_ outcome: Outcome, of attempt: DispatchAttempt) async throws {
        let (claim, payload, tenant) = (attempt.claim, attempt.payload, attempt.tenant)
        guard let end = outcome.end, let (state, action) = attempt.state.ended(end) else { return }
        let (now, policy) = (environment.now, reconciliation)
        let identifiers = environment.entropy.eventIdentifiers(at: now)
        try await environment.store.write(tenant.id) { scope in
            guard let record = try scope.order(claimedBy: claim, knownAs: payload), !record.dispatch.isFinal else {
                return
            }
            if let sync = outcome.sync { try DispatchAttempts.record(sync, of: payload.patient, in: scope, at: now) }
            var order = record.order
            var (dueAt, reconcileAt): (Timestamp?, Timestamp?) = (nil, nil)
            switch action {
            case .reconcile:
                try attempt.system.recordAcceptance(of: record, in: scope)
                scope.audit(.orderDispatched, [order.id.description, payload.patient.id.description], at: now)
                reconcileAt = tenant.isSandbox ? nil : policy.next(for: order, at: now)
            case .fail:
                let report = Order.Report(.failed, reason: outcome.result.refusal)
                order = try scope.apply(report, to: record, at: now, identifiers: identifiers)
            case .scheduleRetry:
                dueAt = now + DispatchAttempts.wait(after: outcome.result.failure, attempts: claim.attempts)
            }
            order.dispatch = order.dispatch.showing(
                state, attempts: claim.attempts, nextAttemptAt: dueAt,
                error: outcome.result.failure?.reason.rawValue)
            try scope.recordDispatch(record.with(order), as: state, dueAt: dueAt, reconcileAt: reconcileAt)
        }
    }

    /// Records whether the pharmacy has the patient, unless the patient has changed since the order was placed. If the pharmacy had
    /// these details already, nothing has changed: partners who query changed patients are not sent the patient again.
    private static func record(
        _ sync: PatientSync, of patient: Patient, in scope: TenantScope, at now: Timestamp
    ) throws {
        // A patient who cannot be read now could be when the order was placed. The order does not fail for it.
        guard var current = try ifReadable({ try scope.patient(patient.id) }), current.details == patient.details
        else { return }
        if case (.synced, .synced) = (current.sync, sync) { return }
        current.sync = sync
        try scope.updatePatient(current, at: now)
    }

    /// Takes an order out of the queue whose dispatch has ended: it must not reach the pharmacy.
    private func leaveQueue(_ claim: ClaimedDispatch, of tenant: Tenant) async throws {
        let (now, policy) = (environment.now, reconciliation)
        try await environment.store.write(tenant.id) { scope in
            guard let record = try scope.order(claimedBy: claim), record.dispatch.isFinal else { return }
            let isWatched = record.dispatch == .accepted && !tenant.isSandbox
            try scope.recordDispatch(
                record, as: record.dispatch,
                reconcileAt: isWatched ? policy.next(for: record.order, at: now) : nil)
        }
    }

    // MARK: Waits

    /// An order that was not submitted at all, because the system is known to be down, waits no longer than that is assumed.
    private static func wait(after failure: PharmacySystemFailure?, attempts: Int) -> Duration {
        let wait = backoff(attempts: attempts)
        let isUntried = failure?.reason == .circuitOpen || failure?.reason == .overloaded
        return isUntried ? min(wait, ServiceLimits.circuitCoolDown) : wait
    }

    /// 1 s, 2 s, 4 s … up to `ServiceLimits.dispatchBackoffLimit`.
    static func backoff(attempts: Int) -> Duration {
        min(.seconds(1 << min(max(attempts - 1, 0), 12)), ServiceLimits.dispatchBackoffLimit)
    }
}

extension PharmacyResult {
    fileprivate var refusal: String? {
        if case .refused(let reason) = self { reason } else { nil }
    }

    fileprivate var failure: PharmacySystemFailure? {
        if case .unavailable(let failure) = self { failure } else { nil }
    }
}
