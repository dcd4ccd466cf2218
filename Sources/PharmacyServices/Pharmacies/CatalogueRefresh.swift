package import Logging
internal import PharmacyDomain
internal import ServiceLifecycle

/// Keeps the catalogues that partners look at young.
package struct CatalogueRefresh: Service {
    private let pharmacies: Pharmacies
    private let work: PeriodicWork

    package init(pharmacies: Pharmacies, time: any TimeSource, logger: Logger) {
        self.pharmacies = pharmacies
        work = PeriodicWork(
            name: "catalogue refresh", interval: ServiceLimits.catalogueRefreshInterval, time: time, logger: logger)
    }

    package func run() async throws {
        await work.run { try await pharmacies.refreshCatalogues() }
    }
}
