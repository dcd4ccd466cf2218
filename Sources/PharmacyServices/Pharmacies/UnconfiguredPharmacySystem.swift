internal import PharmacyDomain

/// The system of live tenants where none is configured: each request fails.
struct UnconfiguredPharmacySystem: PharmacySystem {
    private var failure: PharmacySystemFailure { PharmacySystemFailure(.notConfigured) }

    func pharmacies(tenant: Tenant) async throws(PharmacySystemFailure) -> [Pharmacy] { throw failure }
    func catalog(of pharmacy: PharmacyID, tenant: Tenant) async throws(PharmacySystemFailure) -> Catalog? {
        throw failure
    }
    func putPatient(_ patient: Patient, tenant: Tenant) async -> PharmacyResult { .unavailable(failure) }
    func submit(_ order: Order, patient: Patient, tenant: Tenant, fencingToken: Int) async -> PharmacyResult {
        .unavailable(failure)
    }
    func cancel(_ order: OrderID, reason: String?, tenant: Tenant) async -> CancellationResult {
        .unavailable(failure)
    }
    func reports(on order: OrderID, tenant: Tenant) async throws(PharmacySystemFailure) -> [Order.Report]? {
        throw failure
    }
}
