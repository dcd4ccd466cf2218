package import PharmacyDomain
internal import PharmacyStore

extension Orders {
    /// Fills an order again, with the same medication at its present price. A refill of a refill is one of the first order.
    /// - Throws: `ServiceError.notFound`; `ServiceError.refillNotAllowed`; what `submit` throws.
    package func refill(
        _ id: OrderID, tenant: Tenant, idempotency: IdempotencyRequest?,
        changes: @escaping @Sendable () throws(ValidationErrors) -> RefillChanges
    ) async throws -> IdempotentResult<PlacedOrder> {
        try await place(tenant: tenant, idempotency: idempotency?.bound(to: id)) {
            let changes = try mappingValidationErrors(changes)
            let (first, patient) = try await environment.read(tenant) { scope in
                let first = try Orders.firstFill(of: id, in: scope).order
                guard let patient = try scope.patientSnapshot(of: first.id) else { throw ServiceError.notFound }
                return (first, patient.details)
            }
            let terms = first.refillTerms(
                medicationID: try pharmacies.presentID(ofPlaced: first.terms.medicationID, pharmacy: first.pharmacyID),
                patient: patient, changes: changes)
            return PlacedDraft(
                draft: OrderDraft(terms: terms, expectedPrice: changes.expectedPrice), refillOf: first.id)
        }
    }

    /// The order that an order fills again, or else the order itself.
    private static func firstFill(of id: OrderID, in scope: TenantScope) throws -> OrderRecord {
        guard let record = try scope.order(id) else { throw ServiceError.notFound }
        guard let first = record.order.refillOf else { return record }
        guard let found = try scope.order(first) else { throw StoreError.broken("a refill's first order is gone") }
        return found
    }

    /// The order that a refill is of, if it may be filled again.
    static func refillable(_ id: OrderID, in scope: TenantScope) throws -> OrderRecord {
        let first = try firstFill(of: id, in: scope)
        let used = try first.order.refills.filter { try scope.order($0)?.order.usesRefill ?? false }.count
        if let refusal = first.order.refillRefusal(used: used) { throw ServiceError.refillNotAllowed(refusal) }
        return first
    }
}
