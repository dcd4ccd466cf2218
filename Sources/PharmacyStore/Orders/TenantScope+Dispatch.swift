package import PharmacyDomain

extension TenantScope {
    // MARK: Claimed orders

    /// The order, while the claim still holds. Its row is locked: no other worker claims it before the transaction ends.
    /// - Returns: `nil` where another worker has claimed the order, it was canceled, or it is gone. The result of the claim
    ///   must then be dropped.
    /// - Parameter payload: the order as it was read before; it need not be decrypted again if it has not changed.
    package func order(
        claimedBy dispatch: ClaimedDispatch, knownAs payload: DispatchPayload? = nil
    ) throws -> OrderRecord? {
        try orderRecord(
            """
            SELECT id, document, dispatch_state FROM orders
            WHERE tenant_id = $1 AND uuid = $2 AND dispatch_attempts = $3 AND dispatch_at IS NOT NULL FOR UPDATE
            """, dispatch.order, [SQLValue(dispatch.attempts)], knownAs: payload)
    }

    /// The same for an order that was claimed to query its pharmacy.
    package func order(claimedBy reconciliation: ClaimedReconciliation) throws -> OrderRecord? {
        try orderRecord(
            """
            SELECT id, document, dispatch_state FROM orders
            WHERE tenant_id = $1 AND uuid = $2 AND reconcile_at = $3 FOR UPDATE
            """, reconciliation.order, [.integer(reconciliation.leaseExpiresAt.milliseconds)])
    }

    package func dispatchPayload(_ id: OrderID) throws -> DispatchPayload? {
        let found = try db.row(
            "SELECT document, patient_snapshot FROM orders WHERE tenant_id = $1 AND uuid = $2",
            [tenantValue, .text(id.description)]
        ) { (order: try $0.blob(0), patient: try $0.blob(1)) }
        guard let found else { return nil }
        // A snapshot is a bare document: nothing of it is sent to partners.
        let snapshot = try StoredRecord(try open(found.patient, "snapshot", id.description), id: id.description)
        return DispatchPayload(
            order: try order(id, sealed: found.order), patient: try Patient(stored: try snapshot.document()),
            sealedOrder: found.order)
    }

    // MARK: Recording

    /// Whether no worker has claimed the order yet, so that it can be canceled without the pharmacy. The row is
    /// locked: no worker claims it before the transaction ends.
    package func needsDispatch(_ record: OrderRecord) throws -> Bool {
        let state = try db.row(
            "SELECT dispatch_state FROM orders WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
            [tenantValue, .integer(record.row)]
        ) { DispatchState(stored: try $0.text(0)) }
        return state?.cancelAction == .giveUp
    }

    /// Records a state of the order's dispatch, and the order with the rendering of that state.
    /// - Parameters:
    ///   - dueAt: when the next attempt is due; `nil` in a final state.
    ///   - reconcileAt: when to query the pharmacy about the order; `nil`: never.
    package func recordDispatch(
        _ record: OrderRecord, as state: DispatchState, dueAt: Timestamp? = nil, reconcileAt: Timestamp? = nil
    ) throws {
        try db.send(
            """
            UPDATE orders SET document = $3, dispatch_state = $4, dispatch_at = $5, reconcile_at = $6
            WHERE tenant_id = $1 AND id = $2
            """,
            [
                tenantValue, .integer(record.row), try seal(storedRecord(of: record.order), "order"),
                .text(state.rawValue), SQLValue(dueAt?.milliseconds), SQLValue(reconcileAt?.milliseconds),
            ])
        // The dispatcher has nothing to do with an order that is not tried again.
        if dueAt != nil { db.notify(.dispatch) }
        noteChange()
    }

    /// Takes a canceled order out of the dispatch queue, unless its dispatch has ended.
    /// - Returns: the order as it is stored now.
    package func withdrawDispatch(of record: OrderRecord) throws -> Order {
        let state = record.dispatch.withdrawn()
        guard state != record.dispatch else { return record.order }
        var order = record.order
        order.dispatch = order.dispatch.showing(state, attempts: order.dispatch.attempts)
        try recordDispatch(record.with(order), as: state)
        return order
    }

    /// - Parameter moment: when to query the pharmacy about the order; `nil`: never.
    package func setReconciliation(_ record: OrderRecord, at moment: Timestamp?) throws {
        try db.send(
            "UPDATE orders SET reconcile_at = $3 WHERE tenant_id = $1 AND id = $2",
            [tenantValue, .integer(record.row), SQLValue(moment?.milliseconds)])
    }
}
