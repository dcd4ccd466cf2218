package import PharmacyDomain
package import PharmacyStore

/// The system of the pharmacies (Impetus, or a simulation): what the services ask of it.
package protocol PharmacySystem: Sendable {
    /// The pharmacies where a tenant's orders can be routed.
    func pharmacies(tenant: Tenant) async throws(PharmacySystemFailure) -> [Pharmacy]

    /// What a pharmacy offers now, with its prices now; `nil` for a pharmacy it does not know.
    func catalog(of pharmacy: PharmacyID, tenant: Tenant) async throws(PharmacySystemFailure) -> Catalog?

    /// Makes the patient known, or what has changed of them; may be repeated.
    func putPatient(_ patient: Patient, tenant: Tenant) async -> PharmacyResult

    /// Hands an order over. Its uuid makes a repetition the same prescription.
    /// - Parameter fencingToken: grows with each claim on the order: once the system has seen it, it takes no submission
    ///   with a lower one, which comes from a worker that was stopped for longer than its claim.
    func submit(_ order: Order, patient: Patient, tenant: Tenant, fencingToken: Int) async -> PharmacyResult

    /// Stores what the system has to know of an order that it has accepted, in the transaction that records the acceptance.
    func recordAcceptance(of order: OrderRecord, in scope: TenantScope) throws

    /// Asks the pharmacy to leave an order be; may be repeated. One that has not reached it yet will be refused when it
    /// does.
    func cancel(_ order: OrderID, reason: String?, tenant: Tenant) async -> CancellationResult

    /// What has become of an order so far, oldest first; `nil` for one that the pharmacy does not have.
    func reports(on order: OrderID, tenant: Tenant) async throws(PharmacySystemFailure) -> [Order.Report]?
}

extension PharmacySystem {
    /// One outside this process has a store of its own.
    package func recordAcceptance(of order: OrderRecord, in scope: TenantScope) throws {}
}
