package import PharmacyDomain
internal import PharmacyStore

extension Orders {
    /// Changes the order's terms.
    package typealias AmendmentChange =
        @Sendable (OrderAmendment) throws(ValidationErrors) -> OrderAmendment

    /// Changes a pending order. If the pharmacy has it, and the change concerns it, the pharmacy must agree first.
    /// - Parameters:
    ///   - precondition: decides about the order as it is.
    ///   - change: the changed values, from the present ones. It may run several times.
    /// - Throws: `ServiceError.notFound`; `ServiceError.preconditionFailed`; what `change` throws; `ServiceError.invalid`;
    ///   `ServiceError.orderNotChangeable`, also when it is too late for the pharmacy; `ServiceError.orderBeingDispatched`;
    ///   `ServiceError.pharmacyUnavailable`: nothing is known to have changed.
    package func amend(
        _ id: OrderID, tenant: Tenant, if precondition: Precondition? = nil, change: @escaping AmendmentChange
    ) async throws -> Order {
        let pharmacy = try await pharmacy(forAmending: id, tenant: tenant, change)
        let step = try await environment.write(tenant) { scope in
            try PharmacyServices.check(precondition, of: scope.orderRepresentation(id))
            return try amendmentStep(id, pharmacy, in: scope, change)
        }
        return try await uncancelled { try await finish(step, pharmacy, tenant: tenant, change) }
    }

    /// What follows an attempt to change an order.
    private enum AmendmentStep: Sendable {
        case amended(Order)
        /// The pharmacy must agree to the order as it will be.
        case askPharmacy(Order, number: Int)
    }

    /// Asks the pharmacy, and stores the change once it has agreed. If somebody else has changed the order meanwhile, the pharmacy
    /// is asked again for both changes: what is stored is what the pharmacy has agreed to.
    private func finish(
        _ first: AmendmentStep, _ pharmacy: Pharmacy?, tenant: Tenant, _ change: @escaping AmendmentChange
    ) async throws -> Order {
        var step = first
        for _ in 0..<ServiceLimits.amendmentAttempts {
            guard case .askPharmacy(let wanted, let number) = step else { break }
            guard pharmacy?.takesPrescriptionDetails ?? false else { throw ServiceError.orderNotChangeable(.pending) }
            switch await systems.system(of: tenant).amend(wanted, number: number, tenant: tenant) {
            case .agreed: break
            case .tooLate: throw ServiceError.orderNotChangeable(try await status(of: wanted.id, tenant: tenant))
            case .unavailable: throw ServiceError.pharmacyUnavailable(retryAfter: ServiceLimits.pharmacyRetryAfter)
            }
            step = try await environment.write(tenant) { scope in
                guard let record = try scope.order(wanted.id) else { throw ServiceError.notFound }
                let terms = try amendedTerms(record.order, in: scope, change)
                guard terms.concernsPharmacy(comparedWith: wanted.terms) else {
                    return .amended(try amend(record, to: terms, in: scope))
                }
                return try ask(record, for: terms, in: scope)
            }
        }
        guard case .amended(let order) = step else {
            throw ServiceError.pharmacyUnavailable(retryAfter: ServiceLimits.pharmacyRetryAfter)
        }
        return order
    }

    private func status(of id: OrderID, tenant: Tenant) async throws -> OrderStatus {
        try await environment.read(tenant) { try $0.order(id)?.order.status } ?? .pending
    }

    /// Changes the order at once, or finds that its pharmacy must be asked.
    private func amendmentStep(
        _ id: OrderID, _ pharmacy: Pharmacy?, in scope: TenantScope, _ change: AmendmentChange
    ) throws -> AmendmentStep {
        guard let record = try scope.order(id) else { throw ServiceError.notFound }
        guard record.order.status == .pending else { throw ServiceError.orderNotChangeable(record.order.status) }
        let terms = try amendedTerms(record.order, in: scope, change)
        if terms.shipTo != record.order.terms.shipTo { try check(terms, shippedFrom: pharmacy) }
        guard terms != record.order.terms else { return .amended(record.order) }
        guard terms.concernsPharmacy(comparedWith: record.order.terms), try !scope.needsDispatch(record) else {
            return .amended(try amend(record, to: terms, in: scope))
        }
        guard record.dispatch == .accepted else { throw ServiceError.orderBeingDispatched }
        return try ask(record, for: terms, in: scope)
    }

    /// The step that asks the pharmacy. The number of the amendment is stored before the pharmacy gets it, so that no two have the
    /// same.
    private func ask(_ record: OrderRecord, for terms: OrderTerms, in scope: TenantScope) throws -> AmendmentStep {
        let number = try scope.numberAmendment(of: record, at: environment.now)
        return .askPharmacy(record.order.amended(to: terms, at: record.order.updatedAt), number: number)
    }

    private func amend(_ record: OrderRecord, to terms: OrderTerms, in scope: TenantScope) throws -> Order {
        guard terms != record.order.terms else { return record.order }
        let now = environment.now
        let order = record.order.amended(to: terms, at: try scope.stamp(at: now))
        try scope.amendOrder(record, to: order)
        scope.audit(.orderUpdated, [order.id.description], at: now)
        return order
    }

    private func amendedTerms(
        _ order: Order, in scope: TenantScope, _ change: AmendmentChange
    ) throws -> OrderTerms {
        guard let patient = try scope.patientSnapshot(of: order.id) else { throw ServiceError.notFound }
        return try mappingValidationErrors { () throws(ValidationErrors) in
            let amendment = try change(OrderAmendment(of: order.terms))
            let terms = order.terms.amended(by: amendment, patient: patient.details)
            try terms.validate()
            return terms
        }
    }

    /// - Parameter pharmacy: `nil` where it accepts no orders any more.
    private func check(_ terms: OrderTerms, shippedFrom pharmacy: Pharmacy?) throws {
        guard let pharmacy, pharmacy.takesPrescriptionDetails else {
            throw ServiceError.invalid(
                ValidationErrors("ship_to", "ship_to cannot be sent to the order's pharmacy."))
        }
        guard let state = terms.shipTo?.state, !pharmacy.ships(to: state) else { return }
        throw ServiceError.invalid(
            ValidationErrors("ship_to.state", "ship_to.state is a state that the order's pharmacy does not ship to."))
    }

    /// The order's pharmacy as it is listed now, where the change concerns it; otherwise `nil`.
    /// - Throws: `ServiceError.notFound` for an unknown order; `ServiceError.pharmacyUnavailable`.
    private func pharmacy(
        forAmending id: OrderID, tenant: Tenant, _ change: @escaping AmendmentChange
    ) async throws -> Pharmacy? {
        let pharmacyID = try await environment.read(tenant) { scope -> PharmacyID? in
            guard let order = try scope.order(id)?.order else { throw ServiceError.notFound }
            guard order.status == .pending else { throw ServiceError.orderNotChangeable(order.status) }
            let terms = try amendedTerms(order, in: scope, change)
            return terms.concernsPharmacy(comparedWith: order.terms) ? order.pharmacyID : nil
        }
        guard let pharmacyID else { return nil }
        do {
            return try await pharmacies.catalogs(of: [pharmacyID], tenant: tenant)[pharmacyID]?.get().pharmacy
        } catch ServiceError.notFound {
            return nil
        }
    }
}
