internal import PharmacyDomain

extension IntegrityWalk<TenantScope> {
    /// Orders with their events, deliveries and simulated prescriptions.
    static var orders: Self { Self("orders", read: OrderRow.page, checks: OrderRow.checks) }
}

/// An order's row, with the rows of other tables that belong to it.
struct OrderRow: IntegrityRecord {
    let position: Int64
    let subject: String
    let status: String
    let reference: [UInt8]?
    let customerReference: [UInt8]?
    /// `nil` for an order of an earlier version.
    let likeness: [UInt8]?
    let clearReference: String?
    let clearCustomerReference: String?
    let patientID: String
    let createdAt: Int64
    let updatedAt: Int64
    let dispatchAt: Int64?
    let dispatchAttempts: Int64
    /// `nil`: not a state that this program knows.
    let dispatch: DispatchState?
    let reconcileAt: Int64?
    let document: JSON?
    let order: Order?
    let snapshot: Patient?
    /// Whether its dispatch is quarantined until an operator retries it.
    let isQuarantined: Bool
    var related = RelatedRecords()

    static func page(_ scope: TenantScope, after: Int64, _ context: IntegrityContext) throws -> [OrderRow] {
        var orders = try scope.db.rows(
            """
            SELECT id, uuid, status, reference_digest, customer_reference_digest, patient_uuid, created_at, updated_at,
                dispatch_at, dispatch_attempts, dispatch_state, reconcile_at, document, patient_snapshot,
                reference_in_clear, customer_reference_in_clear, EXISTS (
                    SELECT 1 FROM quarantined_items q
                    WHERE q.tenant_id = $1 AND q.work = $4 AND q.item = orders.uuid AND q.next_try_at IS NULL), likeness
            FROM orders WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3
            """,
            [
                scope.tenantValue, .integer(after), SQLValue(context.limit),
                .text(QuarantinedItem.Work.dispatch.rawValue),
            ]
        ) { row in
            let id = try row.text(1)
            let document = scope.openedDocument(try row.blob(12), "order", id)
            let snapshot = scope.openedDocument(try row.blob(13), "snapshot", id)
            return OrderRow(
                position: try row.integer(0), subject: id, status: try row.text(2), reference: try row.optionalBlob(3),
                customerReference: try row.optionalBlob(4), likeness: try row.optionalBlob(17),
                clearReference: try row.optionalText(14),
                clearCustomerReference: try row.optionalText(15), patientID: try row.text(5),
                createdAt: try row.integer(6),
                updatedAt: try row.integer(7), dispatchAt: try row.optionalInteger(8),
                dispatchAttempts: try row.integer(9), dispatch: DispatchState(rawValue: try row.text(10)),
                reconcileAt: try row.optionalInteger(11), document: document,
                order: document.flatMap(Order.init(document:)), snapshot: snapshot.flatMap(Patient.init(document:)),
                isQuarantined: try row.integer(16) == 1)
        }
        guard let first = orders.first, let last = orders.last else { return [] }
        let related = try RelatedRecords.of(orders: first.position...last.position, in: scope)
        for index in orders.indices {
            if let found = related[orders[index].position] { orders[index].related = found }
        }
        return orders
    }

    static let checks: [IntegrityCheck<OrderRow>] = [
        IntegrityCheck(.orderDocument) { row, _, _ in
            guard let order = row.order, let document = row.document else { return ["document"] }
            return disagreeing([
                "uuid": order.id.description != row.subject,
                "dispatch": document["dispatch"].map { $0 != order.dispatch.document } ?? false,
            ])
        },
        IntegrityCheck(.orderStatus) { row, _, _ in
            guard let order = row.order else { return [] }
            return disagreeing([
                "status": row.status != order.status.rawValue,
                "status_history": order.history.last?.status != order.status,
            ])
        },
        IntegrityCheck(.orderColumns) { row, _, _ in
            guard let order = row.order, let document = row.document else { return [] }
            return disagreeing([
                "patient_uuid": row.patientID != order.patientID.description,
                "created_at": !document.holds(row.createdAt, in: "created_at"),
                "updated_at": !document.holds(row.updatedAt, in: "updated_at"),
            ])
        },
        IntegrityCheck(.orderReferences) { row, scope, _ in
            guard let order = row.order else { return [] }
            let terms = order.terms
            let reference = scope.agrees(
                terms.reference, .reference, digest: row.reference, clear: row.clearReference)
            let customer = scope.agrees(
                terms.customerReference, .customerReference, digest: row.customerReference,
                clear: row.clearCustomerReference)
            let likeness =
                row.likeness.map(scope.digests(of: [order.likeness], TenantScope.orderLikeness).contains) ?? true
            return disagreeing([
                "reference_digest": !reference, "customer_reference_digest": !customer, "likeness": !likeness,
            ])
        },
        IntegrityCheck(.orderDispatch) { row, _, _ in
            guard let order = row.order, row.document?["dispatch"] != nil else { return [] }
            return row.dispatchDisagreements(with: order.dispatch)
        },
        IntegrityCheck(.orderSnapshot) { row, _, _ in
            guard let snapshot = row.snapshot else { return ["patient_snapshot"] }
            return disagreeing(["patient_uuid": snapshot.id.description != row.patientID])
        },
        IntegrityCheck(.orderHistory) { row, scope, context in
            guard let order = row.order else { return [] }
            return try row.historyDisagreements(of: order, in: scope, context)
        },
        IntegrityCheck(.eventFeed) { row, _, _ in
            let positions = row.related.events.map(\.feedPosition)
            return disagreeing(["tenant_sequence": zip(positions, positions.dropFirst()).contains { $0 >= $1 }])
        },
        IntegrityCheck(.deliveryTargets) { row, _, _ in
            guard let order = row.order else { return [] }
            return disagreeing([
                "webhook_urls": row.related.misses(order.terms.webhookURLs, from: order.webhookURLsSince)
            ])
        },
        IntegrityCheck(.deliveryQueue) { row, _, _ in
            let queues = Dictionary(grouping: row.related.deliveries, by: \.endpoint).values
            return disagreeing([
                "status": queues.contains { queue in queue.count { $0.state?.isActive == true } > 1 },
                "waiting": queues.contains { queue in
                    queue.contains { $0.state == .waiting } && !queue.contains { $0.state?.isActive == true }
                },
            ])
        },
        IntegrityCheck(.simulatedPrescription) { row, _, _ in
            guard let simulation = row.related.simulation else { return [] }
            return disagreeing(["tenant_id": !simulation.isOfSandbox, "step": simulation.step < 0])
        },
    ]

    /// Compares the columns of the dispatch with their rendering in the document. While an attempt is in flight, or after it was
    /// interrupted, the columns count one attempt more. A start of the server makes postponed orders due at once.
    private func dispatchDisagreements(with shown: Order.Dispatch) -> [String] {
        let state = dispatch?.resolved(by: shown.status)
        let isFinal = state?.isFinal ?? false
        let isInQueue = !isFinal && !isQuarantined
        var isLate = false
        if let next = shown.nextAttemptAt, let dispatchAt, dispatchAttempts == shown.attempts {
            isLate = Timestamp(milliseconds: dispatchAt).seconds > next.seconds
        }
        return disagreeing([
            "dispatch_state": state == nil || state?.shownStatus != shown.status,
            "dispatch_at": isInQueue != (dispatchAt != nil) || isLate,
            "dispatch.next_attempt_at": isFinal && shown.nextAttemptAt != nil,
            "dispatch_attempts": dispatchAttempts < shown.attempts
                || state == .ready && dispatchAttempts > 0 || state?.isInFlight == true && dispatchAttempts == 0,
            "reconcile_at": reconcileAt != nil && state != .accepted,
        ])
    }
}
