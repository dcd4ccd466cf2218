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

    package init(environment: ServiceEnvironment, systems: PharmacySystems, bells: Bells, logger: Logger) {
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
            let due = try await environment.store.systemWrite {
                try $0.claimDispatches(
                    limit: ServiceLimits.dispatchBatch, at: now, leaseEnds: now + ServiceLimits.dispatchLease)
            }
            if due.isEmpty { return try await environment.store.systemRead { try $0.nextDispatch() } }
            await withTaskGroup(of: Void.self) { group in
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

    private func hand(_ dispatch: DueDispatch) async throws {
        let found = try await environment.store.systemRead { scope in
            (
                tenant: try scope.tenants().first { $0.id == dispatch.tenant },
                papers: try scope.tenant(dispatch.tenant).dispatchPapers(dispatch.order)
            )
        }
        guard let tenant = found.tenant, let (order, patient) = found.papers else { return }
        let system = systems.system(of: tenant)
        var answer = await system.putPatient(patient, tenant: tenant)
        let sync = answer.sync(at: environment.now)
        if case .accepted = answer { answer = await system.submit(order, patient: patient, tenant: tenant) }
        let outcome = answer
        let now = environment.now
        let entropy = environment.entropy
        try await environment.store.write(dispatch.tenant) { scope in
            if var current = try scope.patient(patient.id), current.details == patient.details {
                current.sync = sync
                current.updatedAt = now
                try scope.updatePatient(current)
            }
            switch outcome {
            case .accepted:
                try scope.finishDispatch(dispatch.order)
                try scope.audit(
                    .orderDispatched, [dispatch.order.description, patient.id.description], at: now)
            case .refused(let reason):
                try scope.finishDispatch(dispatch.order)
                guard let kept = try scope.order(dispatch.order) else { return }
                try scope.apply(Order.Report(.failed, reason: reason), to: kept, at: now, entropy: entropy)
            case .unavailable:
                try scope.postponeDispatch(
                    dispatch.order, until: now + OrderDispatcher.backoff(attempts: dispatch.attempts))
            }
        }
    }

    /// 1 s, 2 s, 4 s … up to `ServiceLimits.dispatchBackoffLimit`.
    static func backoff(attempts: Int) -> Duration {
        min(.seconds(1 << min(max(attempts - 1, 0), 12)), ServiceLimits.dispatchBackoffLimit)
    }
}
