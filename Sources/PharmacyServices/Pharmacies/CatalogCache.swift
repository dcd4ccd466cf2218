internal import PharmacyDomain

/// Catalogs with their prices, at most a minute old. Requests that miss at the same time share one fetch. Catalogs in use are
/// fetched again before they are too old, so that hardly any request waits for the pharmacy.
actor CatalogCache {
    private struct Key: Hashable {
        let tenant: TenantID
        let pharmacy: PharmacyID
    }

    private struct Entry {
        let rendered: RenderedCatalog
        let tenant: Tenant
        /// By a clock that is never set (`ServerClock.elapsed`).
        var lastUse: Duration

        var catalog: Catalog { rendered.catalog }
    }

    struct Served: Sendable {
        let rendered: RenderedCatalog
        /// Whether the system is down and this is its latest catalog.
        let isStale: Bool
        /// How long its prices are still valid; zero if they are stale.
        let freshFor: Duration

        var catalog: Catalog { rendered.catalog }
    }

    private let systems: PharmacySystems
    private let time: any ServerClock
    private var entries = BoundedCache<Key, Entry>(capacity: ServiceLimits.cacheEntries)
    private var fetches: [Key: SharedFetch] = [:]
    private var histories = BoundedCache<Key, PriceHistory>(capacity: ServiceLimits.priceHistories)

    init(systems: PharmacySystems, time: any ServerClock) {
        self.systems = systems
        self.time = time
    }

    /// - Throws: `ServiceError.notFound` for a pharmacy that is unknown or not active, `ServiceError.pharmacyUnavailable`
    ///   when the system is down and no catalog of it is young enough.
    func catalog(of pharmacy: PharmacyID, tenant: Tenant) async throws -> Served {
        let key = Key(tenant: tenant.id, pharmacy: pharmacy)
        if let entry = use(key), Catalog.isFresh(age: age(of: entry.rendered)) { return served(entry.rendered) }
        do {
            guard let catalog = try await fetch(key, tenant: tenant) else { throw ServiceError.notFound }
            return served(catalog)
        } catch is PharmacySystemFailure {
            guard let entry = entries[key], Catalog.isServable(age: age(of: entry.rendered)) else {
                throw ServiceError.pharmacyUnavailable(retryAfter: ServiceLimits.pharmacyRetryAfter)
            }
            return Served(rendered: entry.rendered, isStale: true, freshFor: .zero)
        }
    }

    private func served(_ catalog: RenderedCatalog) -> Served {
        Served(rendered: catalog, isStale: false, freshFor: max(.zero, Catalog.freshFor - age(of: catalog)))
    }

    /// Fetches catalogs again that are in use and will soon be too old. Drops those that were not used for as long as they may
    /// be served.
    /// - Parameter isActive: whether catalogs of a tenant are fetched at all.
    func refresh(where isActive: @Sendable (TenantID) async throws -> Bool) async rethrows {
        let now = time.elapsed()
        entries.removeAll { _, entry in now - entry.lastUse >= Catalog.servedFor }
        var due = entries.elements.filter {
            now - $0.value.lastUse < ServiceLimits.catalogUseWindow
                && now - $0.value.rendered.fetchedAt >= ServiceLimits.catalogRefreshAge
        }
        for tenant in Set(due.map(\.key.tenant)) where try await !isActive(tenant) {
            due = due.filter { $0.key.tenant != tenant }
        }
        await withTaskGroup(of: Void.self) { group in
            for (key, entry) in due {
                // The pharmacy system's client logs the failure. The present catalog is served on.
                group.addTask { _ = try? await self.fetch(key, tenant: entry.tenant) }
            }
        }
    }

    /// Removes the catalogs of pharmacies that accept no orders any more.
    func remove(_ pharmacies: [PharmacyID], of tenant: TenantID) {
        for pharmacy in pharmacies { entries.removeValue(for: Key(tenant: tenant, pharmacy: pharmacy)) }
    }

    /// The prices of a catalog over time, as far as this node knows them.
    func history(of pharmacy: PharmacyID, tenant: TenantID) -> PriceHistory {
        histories[Key(tenant: tenant, pharmacy: pharmacy)] ?? PriceHistory()
    }

    /// The catalogs of a tenant that this node has, without a fetch.
    func known(of tenant: TenantID) -> [PharmacyID: (catalog: Catalog, isFresh: Bool)] {
        var known: [PharmacyID: (catalog: Catalog, isFresh: Bool)] = [:]
        for (key, entry) in entries.elements
        where key.tenant == tenant && Catalog.isServable(age: age(of: entry.rendered)) {
            known[key.pharmacy] = (entry.catalog, Catalog.isFresh(age: age(of: entry.rendered)))
        }
        return known
    }

    private func age(of catalog: RenderedCatalog) -> Duration { time.elapsed() - catalog.fetchedAt }

    private func use(_ key: Key) -> Entry? {
        entries.update(key) { entry in
            entry.lastUse = time.elapsed()
            return entry
        }
    }

    private func fetch(_ key: Key, tenant: Tenant) async throws -> RenderedCatalog? {
        if let running = fetches[key], running.join() { return try await running.value() }
        let (system, begun) = (systems.system(of: tenant), time.elapsed())
        // Owned by `fetches` and awaited here: the fetch ends with the request that started it, or with those that joined it.
        let fetch = SharedFetch {
            // A pharmacy that is not listed accepts no orders, even where its catalog can be fetched.
            let listed = try await system.pharmacies(tenant: tenant).first { $0.id == key.pharmacy }
            guard let listed, listed.status == .active else { return nil }
            return try await system.catalog(of: key.pharmacy, tenant: tenant).map {
                RenderedCatalog($0, of: listed, fetchedAt: begun)
            }
        }
        fetches[key] = fetch
        defer { if fetches[key] === fetch { fetches[key] = nil } }
        let rendered = try await fetch.value()
        if let rendered {
            let lastUse = entries[key]?.lastUse ?? time.elapsed()
            entries.insert(Entry(rendered: rendered, tenant: tenant, lastUse: lastUse), for: key)
            // The newest one now: those that are in use stay.
            var history = histories.removeValue(for: key) ?? PriceHistory()
            history.add(rendered.catalog)
            histories.insert(history, for: key)
        } else {
            entries.removeValue(for: key)
        }
        return rendered
    }
}
