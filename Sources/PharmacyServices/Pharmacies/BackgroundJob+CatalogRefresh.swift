package import Logging

extension BackgroundJob {
    /// Refreshes the catalogs that partners have read recently, before they expire.
    package static func catalogRefresh(
        of pharmacies: Pharmacies, time: any ServerClock, logger: Logger
    ) -> BackgroundJob {
        BackgroundJob("catalog refresh", every: ServiceLimits.catalogRefreshInterval, time: time, logger: logger) {
            try await pharmacies.refreshCatalogs()
        }
    }
}
