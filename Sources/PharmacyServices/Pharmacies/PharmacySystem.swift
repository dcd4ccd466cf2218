package import PharmacyDomain
package import PharmacyStore

/// The system of the pharmacies: Impetus, or a simulation.
package protocol PharmacySystem: Sendable {
    /// The pharmacies where a tenant's orders can be routed.
    func pharmacies(tenant: Tenant) async throws(PharmacySystemFailure) -> [Pharmacy]

    /// The present catalog of a pharmacy; `nil` for a pharmacy that the system does not know.
    func catalog(of pharmacy: PharmacyID, tenant: Tenant) async throws(PharmacySystemFailure) -> Catalog?

    /// Sends the patient, new or changed. May be repeated.
    func putPatient(_ patient: Patient, tenant: Tenant) async -> PharmacyResult

    /// Submits an order. Its uuid makes a repetition the same prescription.
    /// - Parameter fencingToken: grows with each claim on the order. The system refuses a submission with a lower token than it
    ///   has seen: that comes from a worker that was stopped for longer than its claim.
    func submit(_ order: Order, patient: Patient, tenant: Tenant, fencingToken: Int) async -> PharmacyResult

    /// Stores the system's own record of an accepted order, in the transaction that records the acceptance.
    func recordAcceptance(of order: OrderRecord, in scope: TenantScope) throws

    /// Requests the pharmacy to cancel an order. May be repeated. An order that has not reached the pharmacy yet is refused when it
    /// does.
    func cancel(_ order: OrderID, reason: String?, tenant: Tenant) async -> PharmacyConsent

    /// Changes an order that the pharmacy has: its reference, its memo and its address. May be repeated.
    /// - Parameters:
    ///   - order: as it will be.
    ///   - number: grows with each amendment of the order, so that a late repetition of an earlier one is recognized.
    func amend(_ order: Order, number: Int, tenant: Tenant) async -> PharmacyConsent

    /// All reports of an order so far, oldest first; `nil` where the pharmacy does not have the order.
    func reports(on order: OrderID, tenant: Tenant) async throws(PharmacySystemFailure) -> [Order.Report]?
}

extension PharmacySystem {
    /// A system outside this process has a store of its own.
    package func recordAcceptance(of order: OrderRecord, in scope: TenantScope) throws {}
}
