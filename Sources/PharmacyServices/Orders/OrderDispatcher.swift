package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle

/// Hands accepted orders to the pharmacy's system until it has them or refuses them. An order's uuid makes a second
/// hand-over the same prescription, so that a crash at any moment costs a repetition and no more.
package struct OrderDispatcher: Service {
    private let environment: ServiceEnvironment
    private let systems: PharmacySystems
    private let work: BackgroundWork
    private let logger: Logger
    private let maximumAge: Duration
    private let reconciliation: ReconciliationPolicy

    /// - Parameter maximumAge: how long an order that cannot be handed over is tried.
    package init(
        environment: ServiceEnvironment, systems: PharmacySystems, maximumAge: Duration = ServiceLimits.dispatchAge,
        reconciliation: ReconciliationPolicy = ReconciliationPolicy(), bells: Bells, logger: Logger
    ) {
        self.maximumAge = maximumAge
        self.reconciliation = reconciliation
        self.environment = environment
        self.systems = systems
        self.logger = logger
        work = BackgroundWork(
            name: "order dispatch", bell: .dispatch, bells: bells, time: environment.time, logger: logger)
    }

    package func run() async throws {
        await work.run { try await dispatchDue() }
    }

    /// Does what is due.
    /// - Returns: when the next is.
    package func dispatchDue() async throws -> Timestamp? {
        while true {
            let now = environment.now
            let due = try await environment.store.systemWrite(.claims) {
                try $0.claimDispatches(
                    limit: ServiceLimits.dispatchBatch, at: now, leaseEnds: now + ServiceLimits.dispatchLease)
            }
            if due.isEmpty { return try await environment.store.systemRead { try $0.nextDispatch() } }
            await withTaskGroup(of: Void.self) { group in
                // At once, and at most a batch: one pharmacy that is slow to answer holds up no other order in it.
                for dispatch in due { group.addTask { await handOrLeave(dispatch) } }
            }
        }
    }

    /// Hands one order over. A failure of our own is that order's alone: its claim runs out, and it is tried again.
    private func handOrLeave(_ dispatch: DueDispatch) async {
        do {
            try await hand(dispatch)
        } catch {
            logger.error(
                "an order could not be handed over and will be tried again",
                metadata: ["order": "\(dispatch.order)", "error": "\(type(of: error))"])
        }
    }

    /// What a try came to.
    private struct Outcome {
        let answer: PharmacyAnswer
        /// What the pharmacy said of the patient; `nil` where it was not told of them.
        var sync: PatientSync?
        /// The pharmacy may have the order although it has not said so.
        let isUncertain: Bool
    }

    private func hand(_ dispatch: DueDispatch) async throws {
        let found = try await environment.store.systemRead { scope in
            (
                tenant: try scope.tenant(identified: dispatch.tenant),
                papers: try scope.tenant(dispatch.tenant).dispatchPapers(dispatch.order)
            )
        }
        guard let tenant = found.tenant, let (order, patient) = found.papers else { return }
        let outcome = await attempt(dispatch, order: order, patient: patient, tenant: tenant)
        let (now, entropy, policy) = (environment.now, environment.entropy, reconciliation)
        try await environment.store.write(tenant.id) { scope in
            if let sync = outcome.sync, var current = try scope.patient(patient.id), current.details == patient.details
            {
                current.sync = sync
                try scope.updatePatient(current, at: now)
            }
            guard let kept = try scope.order(order.id), kept.order.dispatch.status == .pending else { return }
            var next = kept.order
            switch outcome.answer {
            case .accepted:
                next.dispatch = next.dispatch.settled(.accepted, attempts: dispatch.attempts)
                scope.audit(.orderDispatched, [order.id.description, patient.id.description], at: now)
            case .refused(let reason):
                next = try scope.apply(Order.Report(.failed, reason: reason), to: kept, at: now, entropy: entropy)
                next.dispatch = next.dispatch.settled(.refused, attempts: dispatch.attempts)
            case .unavailable(let failure):
                next.dispatch = next.dispatch.postponed(
                    until: now + OrderDispatcher.wait(after: failure, attempts: dispatch.attempts),
                    because: failure.reason.rawValue, attempts: dispatch.attempts)
            }
            let isWatched = next.dispatch.status == .accepted && !tenant.isSandbox
            try scope.keepDispatch(
                kept.with(next), isUncertain: outcome.isUncertain,
                reconcileAt: isWatched ? policy.next(for: next, at: now) : nil)
        }
    }

    private func attempt(
        _ dispatch: DueDispatch, order: Order, patient: Patient, tenant: Tenant
    ) async -> Outcome {
        let system = systems.system(of: tenant)
        // A claim whose end was never kept is one that a crash cut off, at whatever point.
        let wasUncertain = dispatch.isUncertain || dispatch.attempts - 1 > order.dispatch.attempts
        if environment.now.since(order.createdAt) >= maximumAge {
            let answer = await withdraw(order, isUncertain: wasUncertain, from: system, tenant: tenant)
            return Outcome(answer: answer, isUncertain: wasUncertain)
        }
        let told = await system.putPatient(patient, tenant: tenant)
        let sync = told.sync(at: environment.now)
        guard case .accepted = told else { return Outcome(answer: told, sync: sync, isUncertain: wasUncertain) }
        let answer = await system.submit(order, patient: patient, tenant: tenant)
        if case .unavailable(let failure) = answer {
            return Outcome(
                answer: answer, sync: sync, isUncertain: wasUncertain || failure.mayHaveTakenEffect)
        }
        return Outcome(answer: answer, sync: sync, isUncertain: false)
    }

    /// Gives an order up that has waited too long. One that the pharmacy may have is asked back first: nobody is told
    /// that an order has failed whose medicine is on its way.
    private func withdraw(
        _ order: Order, isUncertain: Bool, from system: any PharmacySystem, tenant: Tenant
    ) async -> PharmacyAnswer {
        let givenUp = PharmacyAnswer.refused(reason: "The pharmacy could not be reached.")
        guard isUncertain else { return givenUp }
        return switch await system.cancel(order.id, reason: nil, tenant: tenant) {
        case .agreed: givenUp
        case .tooLate: .accepted
        case .unavailable(let failure): .unavailable(failure)
        }
    }

    /// An order that was not even tried, as the system is known to be down, waits no longer than that is.
    private static func wait(after failure: PharmacySystemFailure, attempts: Int) -> Duration {
        let wait = backoff(attempts: attempts)
        return failure.reason == .circuitOpen ? min(wait, ServiceLimits.circuitCoolDown) : wait
    }

    /// 1 s, 2 s, 4 s … up to `ServiceLimits.dispatchBackoffLimit`.
    static func backoff(attempts: Int) -> Duration {
        min(.seconds(1 << min(max(attempts - 1, 0), 12)), ServiceLimits.dispatchBackoffLimit)
    }
}
