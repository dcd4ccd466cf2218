package import PharmacyDomain
package import PharmacyStore

/// The simulated pharmacies of sandboxes. Their prescriptions are stored, so that a restart loses none.
package struct SandboxPharmacySystem: PharmacySystem {
    private let environment: ServiceEnvironment
    private let pace: SandboxPace

    package init(environment: ServiceEnvironment, pace: SandboxPace) {
        self.environment = environment
        self.pace = pace
    }

    package func pharmacies(tenant: Tenant) async throws(PharmacySystemFailure) -> [Pharmacy] {
        SimulatedPharmacies.all
    }

    package func catalog(
        of pharmacy: PharmacyID, tenant: Tenant
    ) async throws(PharmacySystemFailure) -> Catalog? {
        SimulatedPharmacies.catalog(of: pharmacy, at: environment.now)
    }

    package func putPatient(_ patient: Patient, tenant: Tenant) async -> PharmacyResult { .accepted }

    /// Accepts every order, and stores nothing until the acceptance is recorded: an order that is canceled meanwhile never was
    /// at a pharmacy.
    package func submit(
        _ order: Order, patient: Patient, tenant: Tenant, fencingToken: Int
    ) async -> PharmacyResult {
        .accepted
    }

    package func recordAcceptance(of order: OrderRecord, in scope: TenantScope) throws {
        try scope.insertPrescription(order, dueAt: pace.next(after: environment.now))
    }

    /// Simulated progress is applied to the order at once, so that the order's own status decides.
    package func cancel(_ order: OrderID, reason: String?, tenant: Tenant) async -> PharmacyConsent {
        await consent(to: order, tenant: tenant) { $0?.isCancellable ?? true }
    }

    /// Orders are changed for as long as their simulated pharmacy has not confirmed them.
    package func amend(_ order: Order, number: Int, tenant: Tenant) async -> PharmacyConsent {
        await consent(to: order.id, tenant: tenant) { $0 == .pending }
    }

    /// - Parameter isEarly: whether an order's status allows it; `nil` is that of an order that does not exist.
    private func consent(
        to order: OrderID, tenant: Tenant, isEarly: (OrderStatus?) -> Bool
    ) async -> PharmacyConsent {
        do {
            let record = try await environment.store.read(tenant.id) { try $0.order(order) }
            return isEarly(record?.order.status) ? .agreed : .tooLate
        } catch {
            return .unavailable(PharmacySystemFailure(.internalError, cause: FailureCause.words(error)))
        }
    }

    package func reports(
        on order: OrderID, tenant: Tenant
    ) async throws(PharmacySystemFailure) -> [Order.Report]? {
        do {
            return try await environment.store.read(tenant.id) { scope in
                guard let record = try scope.order(order), try scope.prescriptionStep(record) != nil else { return nil }
                return record.order.history.map { Order.Report($0.status, reason: $0.reason) }
            }
        } catch {
            throw PharmacySystemFailure(.internalError, cause: FailureCause.words(error))
        }
    }
}
