package import PharmacyDomain
internal import PharmacyStore

/// The verbs of orders (guide, section 4).
package struct Orders: Sendable {
    private let environment: ServiceEnvironment
    private let pharmacies: Pharmacies
    private let systems: PharmacySystems
    private let servedOnLoopback: Bool

    package init(
        environment: ServiceEnvironment, pharmacies: Pharmacies, systems: PharmacySystems, servedOnLoopback: Bool
    ) {
        self.environment = environment
        self.systems = systems
        self.pharmacies = pharmacies
        self.servedOnLoopback = servedOnLoopback
    }

    /// Which URLs an order of the tenant may name for its webhooks.
    package func egress(of tenant: Tenant) -> EgressPolicy {
        EgressPolicy(tenant: tenant.kind, servedOnLoopback: servedOnLoopback)
    }

    /// Submits an order. When this returns, the order is durable and queued for dispatch to the pharmacy.
    /// - Parameters:
    ///   - dryRun: checks everything and stores nothing: the id of the returned order names nothing.
    ///   - draft: reads the order. It is called after an earlier outcome of the idempotency key was looked up: that outcome
    ///     is returned even if the order would be refused now.
    /// - Throws: `ServiceError`, what `draft` throws; `ReplayedError` for an error that was recorded for the idempotency key.
    package func submit(
        dryRun: Bool = false, tenant: Tenant, idempotency: IdempotencyRequest?,
        draft: @Sendable () throws(ValidationErrors) -> OrderDraft
    ) async throws -> IdempotentResult<Order> {
        let now = environment.now
        let entropy = environment.entropy
        let submitted = try await environment.withIdempotencyLock(idempotency, tenant: tenant) {
            let replay = try await environment.replay(
                of: idempotency, tenant: tenant, decode: { Submission(outcome: $0) })
            if let replay { return replay }
            let draft = try mappingValidationErrors { () throws(ValidationErrors) in
                let draft = try draft()
                try draft.terms.validate()
                return draft
            }
            let found = try await checked(draft, tenant: tenant)
            return try await environment.write(tenant) { scope in
                var representation: Representation?
                if let idempotency {
                    try scope.readAhead(outcomeOf: idempotency.name, at: now, patient: draft.terms.patientID)
                }
                return try idempotency.executeOnce(
                    in: scope, at: now, encode: \.outcome, decode: { Submission(outcome: $0) }
                ) {
                    let (patient, medication) = try Orders.complete(draft, found: found, in: scope)
                    if let expected = draft.expectedPrice, expected != medication.price {
                        return Submission.priceChanged(expected: expected, current: medication.price)
                    }
                    let now = environment.now
                    let (order, event) = Order.placed(
                        id: entropy.identifier(at: now), eventID: entropy.identifier(at: now), terms: draft.terms,
                        medication: medication,
                        at: try scope.stamp(at: now))
                    guard !dryRun else {
                        scope.audit(.orderChecked, [patient.id.description], at: now)
                        return .placed(order)
                    }
                    representation = try scope.insertOrder(
                        order, patient: patient, event: event, dispatchAt: now,
                        newID: { entropy.identifier(at: now) })
                    scope.audit(
                        .orderCreated, [order.id.description, patient.id.description], at: now)
                    return .placed(order)
                }.with(representation)
            }
        }
        switch submitted.value {
        case .placed(let order):
            if submitted.isReplay {
                try await environment.record(.orderRead, [order.id.description], tenant: tenant)
            }
            return IdempotentResult(
                order, isReplay: submitted.isReplay, representation: submitted.representation)
        case .priceChanged(let expected, let current):
            let error = ServiceError.priceChanged(expected: expected, current: current)
            if submitted.isReplay { throw ReplayedError(error) }
            throw error
        }
    }

    /// The medication, or why there is none, which is reported together with errors of the patient.
    private func checked(_ draft: OrderDraft, tenant: Tenant) async throws -> Result<CatalogItem, ValidationErrors> {
        do {
            let terms = draft.terms
            return .success(
                try await pharmacies.ordered(terms.medicationID, pharmacy: terms.pharmacyID, tenant: tenant))
        } catch let problems as ValidationErrors {
            return .failure(problems)
        }
    }

    private static func complete(
        _ draft: OrderDraft, found: Result<CatalogItem, ValidationErrors>, in scope: TenantScope
    ) throws -> (Patient, CatalogItem) {
        var problems = ValidationErrors()
        let patient = try scope.patient(draft.terms.patientID)
        if patient == nil { problems.add("patient_id", "patient_id does not match any of your patients.") }
        if case .failure(let others) = found { problems.add(others) }
        guard let patient, case .success(let medication) = found else { throw ServiceError.invalid(problems) }
        return (patient, medication)
    }

    /// - Throws: `ServiceError.notFound`.
    package func get(_ id: OrderID, tenant: Tenant) async throws -> Representation {
        guard let order = try await environment.readRecord(tenant, { try $0.orderRepresentation(id) }) else {
            throw ServiceError.notFound
        }
        try await environment.record(.orderRead, [id.description], tenant: tenant)
        return order
    }

    /// Newest first, or by change, oldest change first, if the filter has a start.
    package func list(
        _ filter: OrderFilter, page: PageRequest, tenant: Tenant
    ) async throws -> Page<Representation> {
        let orders = try await environment.readPage(tenant) { try $0.orderRepresentations(filter, page: page) }
        try await environment.record(.orderListed, orders.items, tenant: tenant)
        return orders
    }

    /// How many orders have each status.
    package func counts(tenant: Tenant) async throws -> [OrderStatus: Int] {
        try await environment.read(tenant) { try $0.orderCounts() }
    }

    /// How many orders were submitted in each of several spans of time, and how many of those have failed.
    /// - Parameters:
    ///   - start: of the first span.
    ///   - step: the length of each, 1 ms or more.
    ///   - count: the number of spans, 1 or more.
    package func counts(
        from start: Timestamp, step: Duration, count: Int, tenant: Tenant
    ) async throws -> [OrderCount] {
        try await environment.read(tenant) { try $0.orderCounts(from: start, step: step, count: count) }
    }

    /// Cancels an order that the pharmacy has not begun to prepare. If the pharmacy may have the order, it must agree first.
    /// - Throws: `ServiceError.orderNotCancellable`, also when it is too late for the pharmacy;
    ///   `ServiceError.pharmacyUnavailable`: nothing is known to have changed.
    package func cancel(_ id: OrderID, reason: String?, tenant: Tenant) async throws -> Order {
        if let violation = reason.flatMap(OrderRules.reason.violation(inValue:)) {
            throw ServiceError.invalid(ValidationErrors("reason", "reason \(violation)"))
        }
        let report = Order.Report(.cancelled, reason: reason)
        let entropy = environment.entropy
        let alone = try await environment.write(tenant) { scope -> Order? in
            guard let record = try scope.order(id) else { throw ServiceError.notFound }
            guard record.order.status.isCancellable else { throw ServiceError.orderNotCancellable(record.order.status) }
            guard try scope.needsDispatch(record) else { return nil }
            return try Orders.cancel(record, report, in: scope, at: environment.now, entropy: entropy)
        }
        if let alone { return alone }
        return try await uncancelled {
            try await cancel(dispatched: id, reason: reason, report: report, tenant: tenant)
        }
    }

    /// Cancels an order that the pharmacy may have: its response is recorded even if the client has disconnected.
    private func cancel(
        dispatched id: OrderID, reason: String?, report: Order.Report, tenant: Tenant
    ) async throws -> Order {
        switch await systems.system(of: tenant).cancel(id, reason: reason, tenant: tenant) {
        case .agreed: break
        case .tooLate:
            let status = try await environment.read(tenant) { try $0.order(id)?.order.status }
            throw ServiceError.orderNotCancellable(status ?? .processing)
        case .unavailable: throw ServiceError.pharmacyUnavailable(retryAfter: ServiceLimits.pharmacyRetryAfter)
        }
        return try await environment.write(tenant) { scope in
            guard let record = try scope.order(id) else { throw ServiceError.notFound }
            guard record.order.status == .cancelled || record.order.status.next.contains(.cancelled) else {
                throw ServiceError.orderNotCancellable(record.order.status)
            }
            return try Orders.cancel(record, report, in: scope, at: environment.now, entropy: environment.entropy)
        }
    }

    private static func cancel(
        _ record: OrderRecord, _ report: Order.Report, in scope: TenantScope, at now: Timestamp, entropy: Entropy
    ) throws -> Order {
        let order = try scope.apply(
            report, to: record, as: .orderCancelled, at: now, identifiers: entropy.eventIdentifiers(at: now))
        return try scope.withdrawDispatch(of: record.with(order))
    }
}
