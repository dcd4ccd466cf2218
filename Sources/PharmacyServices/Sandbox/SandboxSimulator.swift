internal import FoundationEssentials
package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle

/// Walks sandbox orders through the statuses, one step after the other.
package struct SandboxSimulator: Service {
    private let environment: ServiceEnvironment
    private let pace: SandboxPace
    private let notifier: ChangeNotifier
    private let logger: Logger

    package init(environment: ServiceEnvironment, pace: SandboxPace, notifier: ChangeNotifier, logger: Logger) {
        self.environment = environment
        self.pace = pace
        self.notifier = notifier
        self.logger = logger
    }

    package func run() async throws {
        await BackgroundJob(
            "sandbox simulation", on: .simulation, of: notifier, time: environment.time, logger: logger
        ) { try await advanceDue() }.run()
    }

    /// Advances the prescriptions that are due.
    /// - Returns: when the next one is due.
    package func advanceDue() async throws -> Timestamp? {
        while true {
            let now = environment.now
            let due = try await environment.store.systemRead {
                try $0.dueSimulations(limit: ServiceLimits.simulationBatch, at: now)
            }
            if due.isEmpty { return try await environment.store.systemRead { try $0.nextSimulation() } }
            for simulation in due {
                let key = QuarantinedItem.Key(.simulation, simulation.order.description, of: simulation.tenant)
                try await environment.quarantine.isolating(key, claim: simulation.dueAt) {
                    try await advance(simulation, at: now)
                }
            }
        }
    }

    private func advance(_ simulation: ClaimedSimulation, at now: Timestamp) async throws {
        let identifiers = environment.entropy.eventIdentifiers(at: now)
        let pace = pace
        try await environment.store.write(simulation.tenant) { scope in
            guard let record = try scope.order(simulation.order),
                try scope.prescriptionStep(record) == simulation.step
            else { return }
            let reports = SandboxScript(memo: record.order.terms.memo, seed: record.order.id.seed).reports
            guard simulation.step < reports.count else {
                try scope.advancePrescription(record, step: simulation.step, dueAt: nil)
                return
            }
            // No report for an order that was canceled, or that is further already.
            let report = reports[simulation.step].simulated(of: record.order, at: now)
            if !record.order.status.path(to: report.status).isEmpty {
                try scope.apply(report, to: record, at: now, identifiers: identifiers)
            }
            let step = simulation.step + 1
            try scope.advancePrescription(
                record, step: step, dueAt: step < reports.count ? pace.next(after: now) : nil)
        }
    }
}

extension OrderID {
    /// A number that goes with the order, for choosing what is simulated of it.
    package var seed: UInt64 {
        let bytes = uuid.uuid
        return [bytes.8, bytes.9, bytes.10, bytes.11, bytes.12, bytes.13, bytes.14, bytes.15]
            .reduce(0) { $0 << 8 | UInt64($1) }
    }
}
