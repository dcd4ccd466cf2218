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

    /// What a submission came to; both are kept for its idempotency key.
    private enum Submission: Sendable {
        case placed(Document)
        case priceChanged(expected: Price, current: Price)
    }

    /// Takes an order: when this returns it is durable, and handing it to the pharmacy is on its way.
    /// - Parameter dryRun: checks everything and makes nothing.
    /// - Throws: `ServiceError`; `ReplayedError` for one that was recorded for the idempotency key.
    package func submit(
        body: JSON, dryRun: Bool, tenant: Tenant, idempotency: IdempotencyRequest?
    ) async throws -> IdempotentResult<Document> {
        let egress = EgressPolicy(tenant: tenant.kind, servedOnLoopback: servedOnLoopback)
        let now = environment.now
        let entropy = environment.entropy
        let submitted = try await environment.withIdempotencyLock(idempotency, tenant: tenant) {
            if let replay = try await environment.replay(of: idempotency, tenant: tenant, decode: Orders.decode) {
                return replay
            }
            let draft = try mappingValidationErrors { () throws(ValidationErrors) in
                try OrderDraft(parsing: body, egress: egress)
            }
            let found = try await checked(draft, tenant: tenant)
            return try await environment.write(tenant) { scope in
                try scope.executeOnce(idempotency, at: now, encode: Orders.encode, decode: Orders.decode) {
                    let (patient, medication) = try Orders.complete(draft, found: found, in: scope)
                    if let expected = draft.expectedPrice, expected != medication.price {
                        return Submission.priceChanged(expected: expected, current: medication.price)
                    }
                    let now = environment.now
                    let (order, event) = Order.placed(
                        id: entropy.identifier(), terms: draft.terms, medication: medication.document,
                        at: try scope.stamp(at: now))
                    guard !dryRun else {
                        scope.audit(.orderChecked, [patient.id.description], at: now)
                        return .placed(Document(order.preview))
                    }
                    try scope.insertOrder(
                        order, patient: patient, event: NamedEvent(id: entropy.identifier(), event: event),
                        dispatchAt: now, newID: { entropy.identifier() })
                    scope.audit(
                        .orderCreated, [order.id.description, patient.id.description], at: now)
                    return .placed(Document(order.document))
                }
            }
        }
        switch submitted.value {
        case .placed(let document):
            if submitted.isReplay { try await environment.record(.orderRead, [document], tenant: tenant) }
            return IdempotentResult(document, isReplay: submitted.isReplay)
        case .priceChanged(let expected, let current):
            let error = ServiceError.priceChanged(expected: expected, current: current)
            if submitted.isReplay { throw ReplayedError(error) }
            throw error
        }
    }

    /// The medication, or why there is none: told together with what is wrong with the patient.
    private func checked(_ draft: OrderDraft, tenant: Tenant) async throws -> Result<PricedMedication, ValidationErrors>
    {
        do {
            let terms = draft.terms
            return .success(
                try await pharmacies.ordered(terms.medicationID, pharmacy: terms.pharmacyID, tenant: tenant))
        } catch let problems as ValidationErrors {
            return .failure(problems)
        }
    }

    private static func complete(
        _ draft: OrderDraft, found: Result<PricedMedication, ValidationErrors>, in scope: TenantScope
    ) throws -> (Patient, PricedMedication) {
        var problems = ValidationErrors()
        let patient = try scope.patient(draft.terms.patientID)
        if patient == nil { problems.add("patient_id", "patient_id names no patient of yours.") }
        if case .failure(let others) = found { problems.add(others) }
        guard let patient, case .success(let medication) = found else { throw ServiceError.invalid(problems) }
        return (patient, medication)
    }

    private static func encode(_ submission: Submission) -> JSON {
        switch submission {
        case .placed(let document): ["document": .string(String(decoding: document.bytes, as: UTF8.self))]
        case .priceChanged(let expected, let current):
            ["expected": .string(expected.description), "current": .string(current.description)]
        }
    }

    @Sendable private static func decode(_ json: JSON) -> Submission? {
        if let document = json["document"]?.text { return .placed(Document(bytes: Array(document.utf8))) }
        guard let expected = json["expected"]?.text.flatMap(Price.init),
            let current = json["current"]?.text.flatMap(Price.init)
        else { return nil }
        return .priceChanged(expected: expected, current: current)
    }

    package func get(_ id: OrderID, tenant: Tenant) async throws -> Document {
        guard let bytes = try await environment.read(tenant, { try $0.orderDocument(id) }) else {
            throw ServiceError.notFound
        }
        try await environment.record(.orderRead, [id.description], tenant: tenant)
        return Document(bytes: bytes)
    }

    package func list(_ filter: OrderFilter, page: PageRequest, tenant: Tenant) async throws -> Page<Document> {
        let orders = try await environment.readPage(tenant) { try $0.orderDocuments(filter, page: page) }
            .map(Document.init(bytes:))
        try await environment.record(.orderListed, orders.items, tenant: tenant)
        return orders
    }

    /// Cancels an order that the pharmacy has not begun to prepare. One that it may have is asked back first.
    /// - Parameter body: `{"reason"?}`.
    /// - Throws: `ServiceError.orderNotCancellable`, also when the pharmacy says that it is too late;
    ///   `ServiceError.pharmacyUnavailable`: nothing is known to have changed.
    package func cancel(_ id: OrderID, body: JSON, tenant: Tenant) async throws -> Document {
        var fields = FieldReader(body)
        let reason = fields.text("reason", maximum: OrderRules.reasonLimit)
        try mappingValidationErrors { () throws(ValidationErrors) in try fields.problems.throwIfAny() }
        let report = Order.Report(.cancelled, reason: reason)
        let entropy = environment.entropy
        let alone = try await environment.write(tenant) { scope -> Document? in
            guard let kept = try scope.order(id) else { throw ServiceError.notFound }
            guard kept.order.status.isCancellable else { throw ServiceError.orderNotCancellable(kept.order.status) }
            guard try scope.needsDispatch(kept) else { return nil }
            return try Orders.cancel(kept, report, in: scope, at: environment.now, entropy: entropy)
        }
        if let alone { return alone }
        return try await uncancelled {
            try await cancel(dispatched: id, reason: reason, report: report, tenant: tenant)
        }
    }

    /// Cancels an order that the pharmacy may have: what it says is written down even if the client has gone.
    private func cancel(
        dispatched id: OrderID, reason: String?, report: Order.Report, tenant: Tenant
    ) async throws -> Document {
        switch await systems.system(of: tenant).cancel(id, reason: reason, tenant: tenant) {
        case .agreed: break
        case .tooLate:
            let status = try await environment.read(tenant) { try $0.order(id)?.order.status }
            throw ServiceError.orderNotCancellable(status ?? .processing)
        case .unavailable: throw ServiceError.pharmacyUnavailable(retryAfter: ServiceLimits.pharmacyRetryAfter)
        }
        return try await environment.write(tenant) { scope in
            guard let kept = try scope.order(id) else { throw ServiceError.notFound }
            guard kept.order.status == .cancelled || kept.order.status.next.contains(.cancelled) else {
                throw ServiceError.orderNotCancellable(kept.order.status)
            }
            return try Orders.cancel(kept, report, in: scope, at: environment.now, entropy: environment.entropy)
        }
    }

    private static func cancel(
        _ kept: OrderRecord, _ report: Order.Report, in scope: TenantScope, at now: Timestamp, entropy: Entropy
    ) throws -> Document {
        var order = try scope.apply(report, to: kept, as: .orderCancelled, at: now, entropy: entropy)
        if order.dispatch.status == .pending {
            order.dispatch = order.dispatch.settled(.withdrawn, attempts: order.dispatch.attempts)
            try scope.recordDispatch(kept.with(order), isUncertain: false, reconcileAt: nil)
        }
        return Document(order.document)
    }
}

extension TenantScope {
    /// Writes what a report makes of an order (`apply(_:to:as:at:entropy:)`).
    @discardableResult
    func apply(
        _ report: Order.Report, to kept: OrderRecord, as action: AuditAction = .orderUpdated, at now: Timestamp,
        entropy: Entropy
    ) throws -> Order {
        try apply([report], to: kept, as: action, at: now, entropy: entropy)
    }

    /// Writes what reports make of an order, and their events; nothing where they change nothing.
    /// - Parameter now: what this node's clock says; the change carries the stamp that it gets.
    func apply(
        _ reports: [Order.Report], to kept: OrderRecord, as action: AuditAction = .orderUpdated, at now: Timestamp,
        entropy: Entropy
    ) throws -> Order {
        let (order, events) = kept.order.applying(reports, at: try stamp(at: now))
        guard !events.isEmpty else { return kept.order }
        let named = events.map { NamedEvent(id: entropy.identifier(), event: $0) }
        try updateOrder(kept, to: order, events: named, dueAt: now, newID: { entropy.identifier() })
        audit(action, [order.id.description], at: now)
        return order
    }
}
