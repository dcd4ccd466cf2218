internal import PharmacyDomain

/// Catalogs with their prices, at most a minute old. Requests that miss at the same time share one fetch, and those in
/// use are fetched anew before they are too old, so that hardly anybody waits for the pharmacy.
actor CatalogCache {
    private struct Key: Hashable {
        let tenant: TenantID
        let pharmacy: PharmacyID
    }

    private struct Entry {
        let catalog: Catalog
        let tenant: Tenant
        /// Before it was asked for, and when it was used last, by a clock that is never set (`ServerClock.elapsed`): prices
        /// must not stay for as long as the wall clock was fast.
        let fetchedAt: Duration
        var lastUse: Duration
    }

    struct Served: Sendable {
        let catalog: Catalog
        /// The system is down, and this is what it said last.
        let isStale: Bool
    }

    private let systems: PharmacySystems
    private let time: any ServerClock
    private var entries: [Key: Entry] = [:]
    private var fetches: [Key: SharedFetch] = [:]

    init(systems: PharmacySystems, time: any ServerClock) {
        self.systems = systems
        self.time = time
    }

    /// - Throws: `ServiceError.notFound` for a pharmacy that is unknown or not active, `ServiceError.pharmacyUnavailable`
    ///   when the system is down and nothing young enough is at hand.
    func catalog(of pharmacy: PharmacyID, tenant: Tenant) async throws -> Served {
        let key = Key(tenant: tenant.id, pharmacy: pharmacy)
        if let entry = use(key), Catalog.isFresh(age: age(of: entry)) {
            return Served(catalog: entry.catalog, isStale: false)
        }
        do {
            guard let catalog = try await fetch(key, tenant: tenant) else { throw ServiceError.notFound }
            return Served(catalog: catalog, isStale: false)
        } catch is PharmacySystemFailure {
            guard let entry = entries[key], Catalog.isServable(age: age(of: entry)) else {
                throw ServiceError.pharmacyUnavailable(retryAfter: ServiceLimits.pharmacyRetryAfter)
            }
            return Served(catalog: entry.catalog, isStale: true)
        }
    }

    /// Fetches anew what is in use and will soon be too old; lets go of what nobody has used for as long as it may be
    /// served.
    /// - Parameter isActive: whether catalogs of a tenant are fetched at all.
    func refresh(where isActive: @Sendable (TenantID) async throws -> Bool) async rethrows {
        let now = time.elapsed()
        entries = entries.filter { now - $0.value.lastUse < Catalog.servedFor }
        var due = entries.filter {
            now - $0.value.lastUse < ServiceLimits.catalogueUse
                && now - $0.value.fetchedAt >= ServiceLimits.catalogueRefreshAge
        }
        for tenant in Set(due.keys.map(\.tenant)) where try await !isActive(tenant) {
            due = due.filter { $0.key.tenant != tenant }
        }
        await withTaskGroup(of: Void.self) { group in
            for (key, entry) in due {
                // The system says to the log what is wrong with it; what is at hand is served on.
                group.addTask { _ = try? await self.fetch(key, tenant: entry.tenant) }
            }
        }
    }

    /// Forgets the catalogs of pharmacies that take no orders any more.
    func forget(_ pharmacies: [PharmacyID], of tenant: TenantID) {
        for pharmacy in pharmacies { entries[Key(tenant: tenant, pharmacy: pharmacy)] = nil }
    }

    private func age(of entry: Entry) -> Duration { time.elapsed() - entry.fetchedAt }

    private func use(_ key: Key) -> Entry? {
        entries[key]?.lastUse = time.elapsed()
        return entries[key]
    }

    private func fetch(_ key: Key, tenant: Tenant) async throws -> Catalog? {
        if let running = fetches[key], running.join() { return try await running.value() }
        let (system, begun) = (systems.system(of: tenant), time.elapsed())
        // Owned by `fetches` and awaited here: it ends with the request that started it, or with those that joined.
        let fetch = SharedFetch {
            // What is not listed takes no orders, whether its catalog can be had or not.
            let listed = try await system.pharmacies(tenant: tenant).first { $0.id == key.pharmacy }
            guard listed?.status == .active else { return nil }
            return try await system.catalog(of: key.pharmacy, tenant: tenant)
        }
        fetches[key] = fetch
        defer { if fetches[key] === fetch { fetches[key] = nil } }
        let catalog = try await fetch.value()
        if entries.count >= ServiceLimits.cacheEntries { entries = [:] }
        let lastUse = entries[key]?.lastUse ?? time.elapsed()
        entries[key] = catalog.map { Entry(catalog: $0, tenant: tenant, fetchedAt: begun, lastUse: lastUse) }
        return catalog
    }
}
