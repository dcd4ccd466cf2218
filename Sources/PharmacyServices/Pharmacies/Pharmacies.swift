package import PharmacyDomain
internal import PharmacyStore

/// The verbs of pharmacies and their medications (guide, section 3).
package struct Pharmacies: Sendable {
    private let environment: ServiceEnvironment
    private let systems: PharmacySystems
    private let catalogs: CatalogCache
    private let ids: MedicationIDs
    private let rendering: Rendering<CatalogItem>

    /// - Parameter rendering: of an item in the bytes that the API sends.
    package init(
        environment: ServiceEnvironment, systems: PharmacySystems, codec: MedicationIDCodec,
        rendering: Rendering<CatalogItem>
    ) {
        self.environment = environment
        self.rendering = rendering
        self.systems = systems
        ids = MedicationIDs(codec: codec)
        catalogs = CatalogCache(systems: systems, time: environment.time)
    }

    /// The active pharmacies. Those that are found to be inactive take no orders from then on, on this node at once.
    package func list(tenant: Tenant) async throws -> [Pharmacy] {
        let all: [Pharmacy]
        do {
            all = try await systems.system(of: tenant).pharmacies(tenant: tenant)
        } catch {
            throw ServiceError.pharmacyUnavailable(retryAfter: ServiceLimits.pharmacyRetryAfter)
        }
        await catalogs.remove(all.filter { $0.status != .active }.map(\.id), of: tenant.id)
        return all.filter { $0.status == .active }
    }

    package func medications(
        of id: PharmacyID, page: PageRequest, filter: CatalogFilter, tenant: Tenant
    ) async throws -> MedicationPage<CatalogItem> {
        let served = try await catalogs.catalog(of: id, tenant: tenant)
        let catalog = served.catalog
        let items = try catalog.page(page, filter: filter).map { try item($0, pharmacy: id, asOf: catalog.asOf) }
        return MedicationPage(page: items, isStale: served.isStale, digests: [], freshFor: served.freshFor)
    }

    /// The same page in the bytes that the API sends.
    package func renderedMedications(
        of id: PharmacyID, page: PageRequest, filter: CatalogFilter, tenant: Tenant
    ) async throws -> MedicationPage<Representation> {
        let served = try await catalogs.catalog(of: id, tenant: tenant)
        let catalog = served.catalog
        let found = catalog.positions(page, filter: filter)
        let items = try served.rendered.items(at: found.items, generation: ids.generation) { position in
            let item = try item(catalog.medications[position], pharmacy: id, asOf: catalog.asOf)
            return rendering.representation(of: item, id: item.medicationID)
        }
        return MedicationPage(
            page: Page(items: items.map(\.representation), request: page, total: found.total),
            isStale: served.isStale, digests: items.flatMap(\.digest), freshFor: served.freshFor)
    }

    /// The medication with an id, whichever pharmacy has it.
    /// - Throws: `ServiceError.notFound` for an id that was altered, and for a product that is not listed any more.
    package func medication(_ id: String, tenant: Tenant) async throws -> (item: CatalogItem, freshFor: Duration) {
        for pharmacy in try await list(tenant: tenant) {
            guard let code = ids.decode(id, pharmacy: pharmacy.id) else { continue }
            let served = try await catalogs.catalog(of: pharmacy.id, tenant: tenant)
            guard let medication = served.catalog[code] else { break }
            return (
                try item(medication, pharmacy: pharmacy.id, asOf: served.catalog.asOf), served.freshFor
            )
        }
        throw ServiceError.notFound
    }

    /// The prices of products since a time, oldest first, as far as this node has seen them.
    /// - Returns: by `medication_id`, and the time from which on they are known.
    package func prices(
        of items: [CatalogItem], pharmacy: PharmacyID, since moment: Timestamp, tenant: Tenant
    ) async -> (prices: [String: [PriceHistory.Entry]], begin: Timestamp?) {
        let history = await catalogs.history(of: pharmacy, tenant: tenant.id)
        var prices: [String: [PriceHistory.Entry]] = [:]
        for item in items {
            guard let code = ids.decode(item.medicationID, pharmacy: pharmacy) else { continue }
            prices[item.medicationID] = history.prices(of: code, since: moment)
        }
        return (prices, history.begin)
    }

    /// How old the prices are that this node has, without asking any pharmacy.
    package func freshness(tenant: Tenant) async -> [PriceFreshness] {
        await catalogs.known(of: tenant.id).map { id, known in
            PriceFreshness(
                pharmacy: id, name: known.catalog.medications.first?.pharmacy ?? id.description,
                asOf: known.catalog.asOf, isFresh: known.isFresh)
        }.sorted { $0.name < $1.name }
    }

    /// Fetches again the catalogs that are in use and will soon be too old, except those of inactive tenants.
    package func refreshCatalogs() async throws {
        try await catalogs.refresh { tenant in
            try await environment.store.systemRead { try $0.tenant(identified: tenant)?.status == .active }
        }
    }

    /// The catalogs that orders refer to, each fetched at most once, and all at the same time.
    func catalogs(
        of pharmacies: Set<PharmacyID>, tenant: Tenant
    ) async -> [PharmacyID: FoundCatalog] {
        if pharmacies.count == 1, let only = pharmacies.first { return [only: await found(only, tenant: tenant)] }
        return await withTaskGroup(of: (PharmacyID, FoundCatalog).self) { group in
            for pharmacy in pharmacies { group.addTask { (pharmacy, await found(pharmacy, tenant: tenant)) } }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    /// A pharmacy with its catalog, or why there is none.
    typealias FoundCatalog = Result<RenderedCatalog, any Error>

    private func found(_ pharmacy: PharmacyID, tenant: Tenant) async -> FoundCatalog {
        do {
            return .success(try await catalogs.catalog(of: pharmacy, tenant: tenant).rendered)
        } catch {
            return .failure(error)
        }
    }

    /// The medication that an order names, and its pharmacy.
    /// - Parameter catalogs: `catalogs(of:tenant:)`, with the order's pharmacy.
    /// - Throws: `ValidationErrors` on `pharmacy_id` or `medication_id`; `ServiceError.pharmacyUnavailable`.
    func medication(
        _ medicationID: String, of pharmacy: PharmacyID,
        in catalogs: [PharmacyID: FoundCatalog]
    ) throws -> (item: CatalogItem, pharmacy: Pharmacy) {
        let found: RenderedCatalog
        do {
            guard let served = try catalogs[pharmacy]?.get() else { throw ServiceError.notFound }
            found = served
        } catch ServiceError.notFound {
            throw ValidationErrors("pharmacy_id", "pharmacy_id does not match any active pharmacy.")
        }
        guard let code = ids.decode(medicationID, pharmacy: pharmacy), let medication = found.catalog[code] else {
            throw ValidationErrors(
                "medication_id", "medication_id does not match any medication of this pharmacy.")
        }
        return (try item(medication, pharmacy: pharmacy, asOf: found.catalog.asOf), found.pharmacy)
    }

    /// The present id of the medication that an order has.
    /// - Parameter id: as the order stores it; it may be older than the keys that encode ids now.
    /// - Throws: `ValidationErrors` on `medication_id`.
    func presentID(ofPlaced id: String, pharmacy: PharmacyID) throws -> String {
        guard let code = ids.decode(placed: id, pharmacy: pharmacy) else {
            throw ServiceError.invalid(
                ValidationErrors("medication_id", "medication_id does not match any medication of this pharmacy."))
        }
        return try ids.encode(code, pharmacy: pharmacy)
    }

    private func item(_ medication: Medication, pharmacy: PharmacyID, asOf: Timestamp) throws -> CatalogItem {
        CatalogItem(
            medication, medicationID: try ids.encode(medication.productCode, pharmacy: pharmacy), priceAsOf: asOf)
    }
}
