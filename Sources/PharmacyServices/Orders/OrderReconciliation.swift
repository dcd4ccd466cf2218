package import Logging
internal import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle

/// Asks the pharmacies about orders that have been silent, so that a lost report heals by itself.
package struct OrderReconciliation: Service {
    private let reports: OrderReports
    private let work: BackgroundWork

    package init(reports: OrderReports, time: any TimeSource, bells: Bells, logger: Logger) {
        self.reports = reports
        work = BackgroundWork(
            name: "order reconciliation", bell: .dispatch, bells: bells, time: time, logger: logger)
    }

    package func run() async throws {
        await work.run { try await reports.reconcileDue() }
    }
}
