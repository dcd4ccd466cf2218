package import PharmacyDomain

extension TenantScope {
    /// The order, while the claim still holds under which its dispatch was tried; nobody claims it again until the
    /// transaction is over. `nil` where another has claimed it, or it is gone: what came of the claim is void.
    package func order(claimedBy dispatch: ClaimedDispatch) throws -> OrderRecord? {
        try orderRecord(
            """
            SELECT id, document FROM orders WHERE tenant_id = $1 AND uuid = $2 AND dispatch_attempts = $3
                AND dispatch_at IS NOT NULL FOR UPDATE
            """, dispatch.order, [SQLValue(dispatch.attempts)])
    }

    /// The same for an order that its pharmacy was asked about.
    package func order(claimedBy reconciliation: ClaimedReconciliation) throws -> OrderRecord? {
        try orderRecord(
            """
            SELECT id, document FROM orders WHERE tenant_id = $1 AND uuid = $2 AND reconcile_at = $3 FOR UPDATE
            """, reconciliation.order, [.integer(reconciliation.leaseExpiresAt.milliseconds)])
    }

    /// What is handed to the pharmacy: the order, and the patient as they were when it was placed.
    package func dispatchPayload(_ id: OrderID) throws -> (order: Order, patient: Patient)? {
        let found = try db.row(
            "SELECT document, patient_snapshot FROM orders WHERE tenant_id = $1 AND uuid = $2",
            [tenantValue, .text(id.description)]
        ) { (order: try $0.blob(0), patient: try $0.blob(1)) }
        guard let found else { return nil }
        let document = try StoredJSON.parse(try open(found.patient, "snapshot", id.description))
        guard let patient = Patient(document: document) else {
            throw StoreError.broken("a patient snapshot cannot be read")
        }
        return (try order(id, sealed: found.order), patient)
    }

    /// Whether nobody has begun to hand the order over; nobody begins until the transaction is over.
    package func needsDispatch(_ kept: OrderRecord) throws -> Bool {
        try db.row(
            """
            SELECT dispatch_at IS NOT NULL AND dispatch_attempts = 0 FROM orders WHERE tenant_id = $1 AND id = $2
            FOR UPDATE
            """, [tenantValue, .integer(kept.row)]
        ) { try $0.integer(0) == 1 } ?? false
    }

    /// Keeps what the order's `dispatch` says.
    /// - Parameters:
    ///   - isUncertain: the pharmacy may have the order although it has not said so.
    ///   - reconcileAt: when to ask the pharmacy about it; `nil`: never.
    package func recordDispatch(_ kept: OrderRecord, isUncertain: Bool, reconcileAt: Timestamp?) throws {
        let id = kept.order.id.description
        try db.send(
            """
            UPDATE orders SET document = $3, dispatch_at = $4, dispatch_uncertain = $5, reconcile_at = $6
            WHERE tenant_id = $1 AND id = $2
            """,
            [
                tenantValue, .integer(kept.row), .blob(try seal(kept.order.document.bytes, "order", id)),
                SQLValue(kept.order.dispatch.nextAttemptAt?.milliseconds), .integer(isUncertain ? 1 : 0),
                SQLValue(reconcileAt?.milliseconds),
            ])
        // Only one that is to be tried again is anything to those who dispatch.
        if kept.order.dispatch.nextAttemptAt != nil { db.notify(.dispatch) }
    }

    /// - Parameter moment: when to ask the pharmacy about the order; `nil`: never.
    package func setReconciliation(_ kept: OrderRecord, at moment: Timestamp?) throws {
        try db.send(
            "UPDATE orders SET reconcile_at = $3 WHERE tenant_id = $1 AND id = $2",
            [tenantValue, .integer(kept.row), SQLValue(moment?.milliseconds)])
    }
}
