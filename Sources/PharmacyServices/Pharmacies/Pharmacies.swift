package import PharmacyDomain
internal import PharmacyStore

/// The verbs of pharmacies and their medications (guide, section 3).
package struct Pharmacies: Sendable {
    private let environment: ServiceEnvironment
    private let systems: PharmacySystems
    private let catalogs: CatalogCache
    private let ids: MedicationIDs

    package init(environment: ServiceEnvironment, systems: PharmacySystems, codec: MedicationIDCodec) {
        self.environment = environment
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
        await catalogs.forget(all.filter { $0.status != .active }.map(\.id), of: tenant.id)
        return all.filter { $0.status == .active }
    }

    package func medications(
        of id: PharmacyID, page: PageRequest, search: String?, tenant: Tenant
    ) async throws -> MedicationPage {
        let served = try await catalogs.catalog(of: id, tenant: tenant)
        let items = try served.catalog.page(page, search: search).map {
            try document(of: $0, pharmacy: id, asOf: served.catalog.asOf)
        }
        return MedicationPage(page: items, isStale: served.isStale)
    }

    /// Fetches anew the catalogs that are in use and will soon be too old, but for tenants that are not active.
    package func refreshCatalogs() async throws {
        try await catalogs.refresh { tenant in
            try await environment.store.systemRead { try $0.tenant(identified: tenant)?.status == .active }
        }
    }

    /// The medication that an order names.
    /// - Throws: `ValidationErrors` on `pharmacy_id` or `medication_id`.
    func ordered(_ medicationID: String, pharmacy: PharmacyID, tenant: Tenant) async throws -> PricedMedication {
        let served: CatalogCache.Served
        do {
            served = try await catalogs.catalog(of: pharmacy, tenant: tenant)
        } catch ServiceError.notFound {
            throw ValidationErrors("pharmacy_id", "pharmacy_id names no pharmacy that takes orders.")
        }
        guard let code = ids.decode(medicationID, pharmacy: pharmacy),
            let medication = served.catalog[code]
        else { throw ValidationErrors("medication_id", "medication_id names no medication of this pharmacy.") }
        return PricedMedication(
            document: try document(of: medication, pharmacy: pharmacy, asOf: served.catalog.asOf),
            price: medication.price)
    }

    private func document(of medication: Medication, pharmacy: PharmacyID, asOf: Timestamp) throws -> JSON {
        medication.document(
            encodedID: try ids.encode(medication.productCode, pharmacy: pharmacy), priceAsOf: asOf)
    }
}
