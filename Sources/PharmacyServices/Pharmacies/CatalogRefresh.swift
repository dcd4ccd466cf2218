package import Logging
internal import PharmacyDomain
internal import ServiceLifecycle

/// Keeps the catalogs that partners look at young.
package struct CatalogRefresh: Service {
    private let pharmacies: Pharmacies
    private let work: PeriodicWork

    package init(pharmacies: Pharmacies, time: any ServerClock, logger: Logger) {
        self.pharmacies = pharmacies
        work = PeriodicWork(
            name: "catalogue refresh", interval: ServiceLimits.catalogRefreshInterval, time: time, logger: logger)
    }

    package func run() async throws {
        await work.run { try await pharmacies.refreshCatalogs() }
    }
}
