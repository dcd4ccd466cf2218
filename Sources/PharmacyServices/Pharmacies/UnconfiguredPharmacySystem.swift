package import PharmacyDomain

/// The system of live tenants where none is configured: each request fails.
package struct UnconfiguredPharmacySystem: PharmacySystem {
    package init() {}

    private var failure: PharmacySystemFailure { PharmacySystemFailure(.notConfigured) }

    package func pharmacies(tenant: Tenant) async throws(PharmacySystemFailure) -> [Pharmacy] { throw failure }
    package func catalog(of pharmacy: PharmacyID, tenant: Tenant) async throws(PharmacySystemFailure) -> Catalog? {
        throw failure
    }
    package func putPatient(_ patient: Patient, tenant: Tenant) async -> PharmacyResult { .unavailable(failure) }
    package func submit(_ order: Order, patient: Patient, tenant: Tenant, fencingToken: Int) async -> PharmacyResult {
        .unavailable(failure)
    }
    package func cancel(_ order: OrderID, reason: String?, tenant: Tenant) async -> PharmacyConsent {
        .unavailable(failure)
    }
    package func amend(_ order: Order, number: Int, tenant: Tenant) async -> PharmacyConsent { .unavailable(failure) }
    package func reports(on order: OrderID, tenant: Tenant) async throws(PharmacySystemFailure) -> [Order.Report]? {
        throw failure
    }
}
