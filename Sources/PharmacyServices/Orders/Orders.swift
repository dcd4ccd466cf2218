package import PharmacyDomain
internal import PharmacyStore

/// The verbs of orders (guide, section 4).
package struct Orders: Sendable {
    let environment: ServiceEnvironment
    let pharmacies: Pharmacies
    let systems: PharmacySystems
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
    ) async throws -> IdempotentResult<PlacedOrder> {
        try await place(dryRun: dryRun, tenant: tenant, idempotency: idempotency) {
            PlacedDraft(draft: try mappingValidationErrors(draft), refillOf: nil)
        }
    }

    /// What an order is placed from.
    struct PlacedDraft: Sendable {
        let draft: OrderDraft
        /// The order that it fills again.
        let refillOf: OrderID?
    }

    /// Places an order. See `submit`.
    func place(
        dryRun: Bool = false, tenant: Tenant, idempotency: IdempotencyRequest?,
        draft: @Sendable () async throws -> PlacedDraft
    ) async throws -> IdempotentResult<PlacedOrder> {
        let now = environment.now
        let submitted = try await environment.withIdempotencyLock(idempotency, tenant: tenant) {
            let replay = try await environment.replay(
                of: idempotency, tenant: tenant, decode: { Submission(outcome: $0) })
            if let replay { return replay }
            let placed = try await draft()
            let draft = try Orders.validated(placed.draft)
            let catalogs = await pharmacies.catalogs(of: [draft.terms.pharmacyID], tenant: tenant)
            let order = try checked(draft, refillOf: placed.refillOf, in: catalogs, tenant: tenant)
            return try await environment.write(tenant) { scope in
                if let idempotency {
                    try scope.readAhead(outcomeOf: idempotency.name, at: now, patient: order.draft.terms.patientID)
                }
                return try store(order, idempotency, dryRun: dryRun, in: scope, receivedAt: now)
            }
        }
        let order = try Orders.placed(submitted).get()
        if order.isReplay {
            try await environment.record(.orderRead, [order.value.id.description], tenant: tenant)
        }
        return order
    }

    /// Submits several orders, each as `submit` does, in one transaction.
    package func submitBatch(
        _ batch: Batch<OrderDraft>, dryRun: Bool = false, tenant: Tenant
    ) async throws -> [BatchResult<PlacedOrder>] {
        let now = environment.now
        let results = try await environment.runBatch(batch, tenant: tenant, decode: { Submission(outcome: $0) }) {
            await checked($0, tenant: tenant)
        } store: { order, idempotency, scope in
            try store(order, idempotency, dryRun: dryRun, in: scope, receivedAt: now)
        }.map { $0.flatMap(Orders.placed) }
        let read = results.compactMap { try? $0.get() }.filter(\.isReplay).map(\.value.id.description)
        if !read.isEmpty { try await environment.record(.orderRead, read, tenant: tenant) }
        return results
    }

    /// The order, or the error that stands for the outcome.
    private static func placed(_ submitted: IdempotentResult<Submission>) -> BatchResult<PlacedOrder> {
        switch submitted.value {
        case .placed(let placed):
            return .success(
                IdempotentResult(placed, isReplay: submitted.isReplay, representation: submitted.representation))
        case .priceChanged(let expected, let current):
            let error = ServiceError.priceChanged(expected: expected, current: current)
            return .failure(submitted.isReplay ? ReplayedError(error) : error)
        }
    }

    /// An order whose terms are valid, with what its pharmacy says.
    private struct CheckedOrder: Sendable {
        let draft: OrderDraft
        let refillOf: OrderID?
        /// The medication and its pharmacy, or why it cannot be ordered, which is reported together with errors of the patient.
        let medication: Result<(item: CatalogItem, pharmacy: Pharmacy), ValidationErrors>
    }

    private static func validated(_ draft: OrderDraft) throws -> OrderDraft {
        try mappingValidationErrors { () throws(ValidationErrors) in try draft.terms.validate() }
        return draft
    }

    /// Checks orders before their transaction. Each pharmacy is queried once.
    private func checked(_ drafts: [OrderDraft], tenant: Tenant) async -> [Result<CheckedOrder, any Error>] {
        let valid = drafts.map { draft in Result { try Orders.validated(draft) } }
        let pharmacyIDs = Set(valid.compactMap { try? $0.get().terms.pharmacyID })
        let catalogs = await pharmacies.catalogs(of: pharmacyIDs, tenant: tenant)
        return valid.map { draft in
            draft.flatMap { draft in Result { try checked(draft, in: catalogs, tenant: tenant) } }
        }
    }

    private func checked(
        _ draft: OrderDraft, refillOf: OrderID? = nil, in catalogs: [PharmacyID: Pharmacies.FoundCatalog],
        tenant: Tenant
    ) throws -> CheckedOrder {
        let terms = draft.terms
        do {
            let medication = try pharmacies.medication(terms.medicationID, of: terms.pharmacyID, in: catalogs)
            try terms.violations(
                ordering: medication.item, at: medication.pharmacy, requiresPrescriber: tenant.kind != .sandbox
            ).throwIfAny()
            return CheckedOrder(draft: draft, refillOf: refillOf, medication: .success(medication))
        } catch let problems as ValidationErrors {
            return CheckedOrder(draft: draft, refillOf: refillOf, medication: .failure(problems))
        }
    }

    private func store(
        _ checked: CheckedOrder, _ idempotency: IdempotencyRequest?, dryRun: Bool, in scope: TenantScope,
        receivedAt: Timestamp
    ) throws -> IdempotentResult<Submission> {
        var representation: Representation?
        return try idempotency.executeOnce(
            in: scope, at: receivedAt, encode: \.outcome, decode: { Submission(outcome: $0) }
        ) {
            let draft = checked.draft
            let first = try checked.refillOf.map { try Orders.refillable($0, in: scope) }
            let (patient, medication) = try Orders.complete(checked, in: scope)
            if let expected = draft.expectedPrice, expected != medication.price {
                return Submission.priceChanged(expected: expected, current: medication.price)
            }
            let (now, entropy) = (environment.now, environment.entropy)
            let (order, event) = Order.placed(
                id: entropy.identifier(at: now), eventID: entropy.identifier(at: now),
                terms: draft.terms.addressed(to: patient.details), medication: medication, refillOf: checked.refillOf,
                at: try scope.stamp(at: now))
            // A refill is meant to be like the order that it fills again.
            let alike =
                try first == nil ? scope.ordersLike(order, since: now - OrderRules.duplicateWindow) : []
            let placed = PlacedOrder(order: order, possibleDuplicates: alike)
            guard !dryRun else {
                scope.audit(.orderChecked, [patient.id.description], at: now)
                return .placed(placed)
            }
            representation = try scope.insertOrder(
                order, patient: patient, event: event, dispatchAt: now, newID: { entropy.identifier(at: now) })
            if let first {
                let filled = first.order.filledAgain(as: order.id, at: try scope.stamp(at: now))
                try scope.amendOrder(first, to: filled)
            }
            scope.audit(.orderCreated, [order.id.description, patient.id.description], at: now)
            return .placed(placed)
        }.with(representation)
    }

    private static func complete(_ checked: CheckedOrder, in scope: TenantScope) throws -> (Patient, CatalogItem) {
        var problems = ValidationErrors()
        let patient = try scope.patient(checked.draft.terms.patientID)
        if patient == nil { problems.add("patient_id", "patient_id does not match any of your patients.") }
        if case .failure(let others) = checked.medication { problems.add(others) }
        guard let patient, case .success(let medication) = checked.medication else {
            throw ServiceError.invalid(problems)
        }
        guard medication.pharmacy.ships(to: checked.draft.terms.shipTo?.state ?? patient.details.state) else {
            throw ServiceError.invalid(
                ValidationErrors(
                    "pharmacy_id", "pharmacy_id does not ship to the state of the order's address: see ships_to_states."
                ))
        }
        return (patient, medication.item)
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
    /// - Parameter requiresPatient: whether the patient of the filter must exist.
    /// - Throws: `ServiceError.notFound` if the required patient does not exist or was deleted.
    package func list(
        _ filter: OrderFilter, page: PageRequest, requiresPatient: Bool = false, tenant: Tenant
    ) async throws -> Page<Representation> {
        let orders = try await environment.readPage(tenant) { scope in
            if requiresPatient, try filter.patientID.flatMap({ try scope.patientRepresentation($0) }) == nil {
                throw ServiceError.notFound
            }
            return try scope.orderRepresentations(filter, page: page)
        }
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
