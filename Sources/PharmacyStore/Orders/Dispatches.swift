package import PharmacyDomain

extension TenantScope {
    /// What is handed to the pharmacy: the order, and the patient as they were when it was placed.
    package func dispatchPapers(_ id: OrderID) throws -> (order: Order, patient: Patient)? {
        guard let kept = try order(id) else { return nil }
        let sealed = try db.row(
            "SELECT patient_snapshot FROM orders WHERE tenant_id = $1 AND id = $2", [tenantValue, .integer(kept.row)]
        ) { try $0.blob(0) }
        guard let sealed else { return nil }
        let document = try StoredJSON.parse(try open(sealed, "snapshot", id.description))
        guard let patient = Patient(document: document) else {
            throw StoreError.broken("a patient snapshot cannot be read")
        }
        return (kept.order, patient)
    }

    /// Whether nobody has begun to hand the order over; nobody begins until the transaction is over.
    package func isUndispatched(_ kept: KeptOrder) throws -> Bool {
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
    package func keepDispatch(_ kept: KeptOrder, isUncertain: Bool, reconcileAt: Timestamp?) throws {
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
        db.ring(.dispatch)
    }

    /// - Parameter moment: when to ask the pharmacy about the order; `nil`: never.
    package func setReconciliation(_ kept: KeptOrder, at moment: Timestamp?) throws {
        try db.send(
            "UPDATE orders SET reconcile_at = $3 WHERE tenant_id = $1 AND id = $2",
            [tenantValue, .integer(kept.row), SQLValue(moment?.milliseconds)])
    }
}

/// An order that is due to be handed to the pharmacy.
package struct DueDispatch: Hashable, Sendable {
    package let tenant: TenantID
    package let order: OrderID
    /// This one among them.
    package let attempts: Int
    /// An earlier attempt may have reached the pharmacy.
    package let isUncertain: Bool
}

/// An order that the pharmacy is to be asked about.
package struct DueReconciliation: Hashable, Sendable {
    package let tenant: TenantID
    package let order: OrderID
}

extension SystemScope {
    /// Claims orders whose hand-over is due: until `leaseEnds` nobody else is given them. Those of tenants that are not
    /// active wait.
    package func claimDispatches(limit: Int, at now: Timestamp, leaseEnds: Timestamp) throws -> [DueDispatch] {
        try db.rows(
            """
            WITH due AS (
                SELECT id FROM orders
                WHERE dispatch_at <= $2 AND (SELECT t.status FROM tenants t WHERE t.id = orders.tenant_id) = 'active'
                ORDER BY dispatch_at LIMIT $1 FOR UPDATE SKIP LOCKED)
            UPDATE orders SET dispatch_at = $3, dispatch_attempts = dispatch_attempts + 1
            WHERE id IN (SELECT id FROM due)
            RETURNING (SELECT uuid FROM tenants WHERE tenants.id = orders.tenant_id), uuid, dispatch_attempts,
                dispatch_uncertain
            """, [SQLValue(limit), .integer(now.milliseconds), .integer(leaseEnds.milliseconds)]
        ) { row -> DueDispatch? in
            guard let tenant = TenantID(try row.text(0)), let order = OrderID(try row.text(1)) else { return nil }
            return DueDispatch(
                tenant: tenant, order: order, attempts: Int(try row.integer(2)),
                isUncertain: try row.integer(3) == 1)
        }.compactMap(\.self)
    }

    package func nextDispatch() throws -> Timestamp? {
        try db.moment(
            """
            SELECT dispatch_at FROM orders
            WHERE dispatch_at IS NOT NULL AND (SELECT t.status FROM tenants t WHERE t.id = orders.tenant_id) = 'active'
            ORDER BY dispatch_at LIMIT 1
            """)
    }

    /// Claims orders that the pharmacy is to be asked about: until `leaseEnds` nobody else is given them. Those of tenants
    /// that are not active wait.
    package func claimReconciliations(
        limit: Int, at now: Timestamp, leaseEnds: Timestamp
    ) throws -> [DueReconciliation] {
        try db.rows(
            """
            WITH due AS (
                SELECT id FROM orders
                WHERE reconcile_at <= $2 AND (SELECT t.status FROM tenants t WHERE t.id = orders.tenant_id) = 'active'
                ORDER BY reconcile_at LIMIT $1 FOR UPDATE SKIP LOCKED)
            UPDATE orders SET reconcile_at = $3 WHERE id IN (SELECT id FROM due)
            RETURNING (SELECT uuid FROM tenants WHERE tenants.id = orders.tenant_id), uuid
            """, [SQLValue(limit), .integer(now.milliseconds), .integer(leaseEnds.milliseconds)]
        ) { row -> DueReconciliation? in
            guard let tenant = TenantID(try row.text(0)), let order = OrderID(try row.text(1)) else { return nil }
            return DueReconciliation(tenant: tenant, order: order)
        }.compactMap(\.self)
    }

    package func nextReconciliation() throws -> Timestamp? {
        try db.moment(
            """
            SELECT reconcile_at FROM orders
            WHERE reconcile_at IS NOT NULL AND (SELECT t.status FROM tenants t WHERE t.id = orders.tenant_id) = 'active'
            ORDER BY reconcile_at LIMIT 1
            """)
    }

    /// Makes every order that was claimed due at once: at the start of the only process that claims, claims are left
    /// from a crash.
    package func releaseDispatches(at now: Timestamp) throws {
        try db.send("UPDATE orders SET dispatch_at = $1 WHERE dispatch_at > $1", [.integer(now.milliseconds)])
    }
}
