package import PharmacyDomain
internal import PharmacyStore

/// A page of a pharmacy's medications.
package struct MedicationPage: Sendable {
    package let page: Page<JSON>
    /// The pharmacy's system is down, and the prices are those it named last.
    package let isStale: Bool
}

/// The verbs of pharmacies and their medications (guide, section 3).
package struct Pharmacies: Sendable {
    private let environment: ServiceEnvironment
    private let systems: PharmacySystems
    private let catalogues: CatalogueCache
    private let ids: MedicationIDs

    package init(environment: ServiceEnvironment, systems: PharmacySystems, codec: MedicationIDCodec) {
        self.environment = environment
        self.systems = systems
        ids = MedicationIDs(codec: codec)
        catalogues = CatalogueCache(systems: systems, time: environment.time)
    }

    /// The active pharmacies. Those that are found to be inactive take no orders from then on, on this node at once.
    package func list(tenant: Tenant) async throws -> [Pharmacy] {
        let all: [Pharmacy]
        do {
            all = try await systems.system(of: tenant).pharmacies(tenant: tenant)
        } catch {
            throw ServiceError.pharmacyUnavailable(retryAfter: ServiceLimits.pharmacyRetryAfter)
        }
        await catalogues.forget(all.filter { $0.status != .active }.map(\.id), of: tenant.id)
        return all.filter { $0.status == .active }
    }

    package func medications(
        of id: PharmacyID, page: PageRequest, search: String?, tenant: Tenant
    ) async throws -> MedicationPage {
        let served = try await catalogues.catalogue(of: id, tenant: tenant)
        let items = try served.catalogue.page(page, search: search).map {
            try document(of: $0, pharmacy: id, asOf: served.catalogue.asOf)
        }
        return MedicationPage(page: items, isStale: served.isStale)
    }

    /// Fetches anew the catalogues that are in use and will soon be too old, but for tenants that are not active.
    package func refreshCatalogues() async throws {
        try await catalogues.refresh { tenant in
            try await environment.store.systemRead { try $0.tenant(identified: tenant)?.status == .active }
        }
    }

    /// A medication that an order names.
    struct Ordered: Sendable {
        let document: JSON
        let price: Price
    }

    /// The medication that an order names.
    /// - Throws: `Problems` on `pharmacy_id` or `medication_id`.
    func ordered(_ medicationID: String, pharmacy: PharmacyID, tenant: Tenant) async throws -> Ordered {
        let served: CatalogueCache.Served
        do {
            served = try await catalogues.catalogue(of: pharmacy, tenant: tenant)
        } catch ServiceError.notFound {
            throw Problems("pharmacy_id", "pharmacy_id names no pharmacy that takes orders.")
        }
        guard let code = ids.decode(medicationID, pharmacy: pharmacy),
            let medication = served.catalogue[code]
        else { throw Problems("medication_id", "medication_id names no medication of this pharmacy.") }
        return Ordered(
            document: try document(of: medication, pharmacy: pharmacy, asOf: served.catalogue.asOf),
            price: medication.price)
    }

    private func document(of medication: Medication, pharmacy: PharmacyID, asOf: Timestamp) throws -> JSON {
        medication.document(
            encodedID: try ids.encode(medication.productCode, pharmacy: pharmacy), priceAsOf: asOf)
    }
}
