package import PharmacyDomain

/// An order with its row, for the extent of a transaction.
package struct KeptOrder: Sendable {
    let row: Int64
    package let order: Order
}

extension TenantScope {
    // MARK: Writing

    /// Keeps a new order, its first event, and a delivery of it for each URL.
    /// - Parameter dispatchAt: when to hand it to the pharmacy.
    package func insertOrder(
        _ order: Order, patient: Patient, event: NamedEvent, dispatchAt: Timestamp, newID: () -> DeliveryID
    ) throws {
        let id = order.id.description
        let row = try db.row(
            """
            INSERT INTO orders (tenant_id, uuid, status, reference, customer_reference, patient_uuid, created_at,
                updated_at, document, patient_snapshot, dispatch_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id
            """,
            [
                tenantValue, .text(id), .text(order.status.rawValue), SQLValue(order.terms.reference),
                SQLValue(order.terms.customerReference), .text(order.patientID.description),
                .integer(order.createdAt.milliseconds), .integer(order.updatedAt.milliseconds),
                .blob(try seal(order.document.bytes, "order", id)),
                .blob(try seal(patient.document.bytes, "snapshot", id)), .integer(dispatchAt.milliseconds),
            ]
        ) { try $0.integer(0) }
        guard let row else { throw StoreError.broken("an order was not kept") }
        try insertEvents([event], of: KeptOrder(row: row, order: order), newID: newID)
        db.ring(.dispatch)
    }

    /// Keeps an order's new state, its events, and a delivery of each for each URL.
    package func updateOrder(
        _ kept: KeptOrder, to order: Order, events: [NamedEvent], newID: () -> DeliveryID
    ) throws {
        let id = order.id.description
        try db.run(
            "UPDATE orders SET status = $3, updated_at = $4, document = $5 WHERE tenant_id = $1 AND id = $2",
            [
                tenantValue, .integer(kept.row), .text(order.status.rawValue),
                .integer(order.updatedAt.milliseconds), .blob(try seal(order.document.bytes, "order", id)),
            ])
        try insertEvents(events, of: KeptOrder(row: kept.row, order: order), newID: newID)
    }

    // MARK: Reading

    package func orderDocument(_ id: OrderID) throws -> [UInt8]? {
        let sealed = try db.row(
            "SELECT document FROM orders WHERE tenant_id = $1 AND uuid = $2", [tenantValue, .text(id.description)]
        ) { try $0.blob(0) }
        return try sealed.map { try open($0, "order", id.description) }
    }

    package func order(_ id: OrderID) throws -> KeptOrder? {
        let found = try db.row(
            "SELECT id, document FROM orders WHERE tenant_id = $1 AND uuid = $2",
            [tenantValue, .text(id.description)]
        ) { (row: try $0.integer(0), document: try $0.blob(1)) }
        guard let found else { return nil }
        let document = try StoredJSON.parse(try open(found.document, "order", id.description))
        guard let order = Order(document: document) else { throw StoreError.broken("an order cannot be read") }
        return KeptOrder(row: found.row, order: order)
    }

    package func orderDocuments(_ filter: OrderFilter, page: PageRequest) throws -> Page<[UInt8]> {
        var conditions: SQL = "WHERE tenant_id = $1"
        var binds: [SQLValue] = []
        func narrow(_ condition: SQL, _ value: SQLValue?) {
            guard let value else { return }
            binds.append(value)
            conditions = conditions + "AND" + condition + .bind(binds.count + 3)
        }
        narrow("status =", filter.status.map { .text($0.rawValue) })
        narrow("reference =", filter.reference.map(SQLValue.text))
        narrow("customer_reference =", filter.customerReference.map(SQLValue.text))
        narrow("patient_uuid =", filter.patientID.map { .text($0.description) })
        narrow("created_at >=", filter.createdFrom.map { .integer($0.milliseconds) })
        narrow("created_at <=", filter.createdTo.map { .integer($0.milliseconds) })
        narrow("updated_at >=", filter.updatedSince.map { .integer($0.milliseconds) })
        let order: SQL =
            filter.updatedSince == nil
            ? "ORDER BY id DESC LIMIT $2 OFFSET $3" : "ORDER BY updated_at, id LIMIT $2 OFFSET $3"
        let limits: [SQLValue] = [tenantValue, SQLValue(page.perPage), SQLValue(page.offset)]
        let documents = try db.rows("SELECT uuid, document FROM orders" + conditions + order, limits + binds) {
            try open(try $0.blob(1), "order", try $0.text(0))
        }
        let total = try db.row("SELECT COUNT(*), $2, $3 FROM orders" + conditions, limits + binds) {
            Int(try $0.integer(0))
        }
        return Page(items: documents, request: page, total: total ?? 0)
    }

    // MARK: Dispatch

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

    /// The order is with the pharmacy, or never will be.
    package func finishDispatch(_ id: OrderID) throws {
        try db.run(
            "UPDATE orders SET dispatch_at = NULL WHERE tenant_id = $1 AND uuid = $2",
            [tenantValue, .text(id.description)])
    }

    package func postponeDispatch(_ id: OrderID, until moment: Timestamp) throws {
        try db.run(
            "UPDATE orders SET dispatch_at = $3 WHERE tenant_id = $1 AND uuid = $2 AND dispatch_at IS NOT NULL",
            [tenantValue, .text(id.description), .integer(moment.milliseconds)])
    }
}

/// An order that is due to be handed to the pharmacy.
package struct DueDispatch: Hashable, Sendable {
    package let tenant: TenantID
    package let order: OrderID
    /// This one among them.
    package let attempts: Int
}

extension SystemScope {
    /// Claims orders whose hand-over is due: until `leaseEnds` nobody else is given them.
    package func claimDispatches(limit: Int, at now: Timestamp, leaseEnds: Timestamp) throws -> [DueDispatch] {
        try db.rows(
            """
            UPDATE orders SET dispatch_at = $3, dispatch_attempts = dispatch_attempts + 1
            WHERE id IN (SELECT id FROM orders WHERE dispatch_at <= $2 ORDER BY dispatch_at LIMIT $1)
            RETURNING (SELECT uuid FROM tenants WHERE tenants.id = orders.tenant_id), uuid, dispatch_attempts
            """, [SQLValue(limit), .integer(now.milliseconds), .integer(leaseEnds.milliseconds)]
        ) { row -> DueDispatch? in
            guard let tenant = TenantID(try row.text(0)), let order = OrderID(try row.text(1)) else { return nil }
            return DueDispatch(tenant: tenant, order: order, attempts: Int(try row.integer(2)))
        }.compactMap(\.self)
    }

    package func nextDispatch() throws -> Timestamp? {
        try db.row("SELECT MIN(dispatch_at) FROM orders WHERE dispatch_at IS NOT NULL", []) {
            try $0.optionalInteger(0).map(Timestamp.init(milliseconds:))
        } ?? nil
    }

    /// Makes everything that was claimed due at once: at the start of the only process that claims, claims are left
    /// from a crash.
    package func releaseClaims(at now: Timestamp) throws {
        let statements: [SQL] = [
            "UPDATE orders SET dispatch_at = $1 WHERE dispatch_at > $1",
            "UPDATE webhook_deliveries SET due_at = $1 WHERE due_at > $1 AND status = 'sending'",
            "UPDATE webhook_deliveries SET status = 'ready' WHERE status = 'sending' AND due_at <= $1",
        ]
        for statement in statements { try db.run(statement, [.integer(now.milliseconds)]) }
    }
}
