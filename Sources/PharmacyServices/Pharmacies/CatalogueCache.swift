internal import PharmacyDomain

/// Catalogues with their prices, at most a minute old. Requests that miss at the same time share one fetch.
actor CatalogueCache {
    private struct Key: Hashable {
        let tenant: TenantID
        let pharmacy: PharmacyID
    }

    struct Served: Sendable {
        let catalogue: Catalogue
        /// The system is down, and this is what it said last.
        let isStale: Bool
    }

    private let systems: PharmacySystems
    private let time: any TimeSource
    private var catalogues: [Key: Catalogue] = [:]
    private var fetches: [Key: Task<Catalogue?, any Error>] = [:]

    init(systems: PharmacySystems, time: any TimeSource) {
        self.systems = systems
        self.time = time
    }

    /// - Throws: `ServiceError.notFound` for an unknown pharmacy, `ServiceError.pharmacyUnavailable` when the system is
    ///   down and nothing young enough is at hand.
    func catalogue(of pharmacy: PharmacyID, tenant: Tenant) async throws -> Served {
        let key = Key(tenant: tenant.id, pharmacy: pharmacy)
        if let catalogue = catalogues[key], catalogue.isFresh(at: time.now()) {
            return Served(catalogue: catalogue, isStale: false)
        }
        do {
            guard let catalogue = try await fetch(key, tenant: tenant) else { throw ServiceError.notFound }
            return Served(catalogue: catalogue, isStale: false)
        } catch is PharmacySystemFailure {
            guard let catalogue = catalogues[key], catalogue.isServable(at: time.now()) else {
                throw ServiceError.pharmacyUnavailable(retryAfter: ServiceLimits.pharmacyRetryAfter)
            }
            return Served(catalogue: catalogue, isStale: true)
        }
    }

    private func fetch(_ key: Key, tenant: Tenant) async throws -> Catalogue? {
        if let running = fetches[key] { return try await running.value }
        let system = systems.system(of: tenant)
        // Owned by `fetches` and awaited here: it ends with the request that started it, or with those that joined.
        let task = Task<Catalogue?, any Error> { try await system.catalogue(of: key.pharmacy, tenant: tenant) }
        fetches[key] = task
        defer { fetches[key] = nil }
        let catalogue = try await task.value
        if catalogues.count >= ServiceLimits.cacheEntries { catalogues = [:] }
        catalogues[key] = catalogue
        return catalogue
    }
}
