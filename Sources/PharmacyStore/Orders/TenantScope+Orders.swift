package import PharmacyDomain

extension TenantScope {
    // MARK: Writing

    private static let insertedOrder: SQL =
        """
        INSERT INTO orders (tenant_id, uuid, status, reference_digest, customer_reference_digest, patient_uuid,
            created_at, updated_at, document, patient_snapshot, dispatch_at, dispatch_lane, dispatch_state,
            likeness, change_sequence)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \(DispatchState.ready), $13,
        """ + newestOrderChange + "+ 1)"

    private static let updatedOrder: SQL =
        "UPDATE orders SET status = $3, updated_at = $4, document = $5, change_sequence =" + newestOrderChange
        + "+ 1 WHERE tenant_id = $1 AND id = $2"

    /// Reads together what an order is checked against: the outcome of its idempotency key, and its patient.
    package func readAhead(outcomeOf idempotencyKey: String, at now: Timestamp, patient: PatientID) throws {
        try db.readAhead { [readOutcome(key: idempotencyKey, at: now), readPatient(patient)] }
    }

    /// Stores a new order, its first event, and a delivery of the event for each URL.
    /// - Parameters:
    ///   - order: placed at a time from `stamp(at:)`.
    ///   - dispatchAt: when to submit it to the pharmacy and to make the deliveries, by this node's clock.
    /// - Returns: the stored representation.
    @discardableResult
    package func insertOrder(
        _ order: Order, patient: Patient, event: OrderEvent, dispatchAt: Timestamp, newID: () -> DeliveryID
    ) throws -> Representation {
        try checkStamp(order.updatedAt)
        let (id, record) = (order.id.description, storedRecord(of: order))
        try db.send(
            TenantScope.insertedOrder,
            [
                tenantValue, .text(id), .text(order.status.rawValue),
                identifierDigest(order.terms.reference, .reference),
                identifierDigest(order.terms.customerReference, .customerReference),
                .text(order.patientID.description),
                .integer(order.createdAt.milliseconds), .integer(order.updatedAt.milliseconds),
                try seal(record, "order"), try sealedSnapshot(patient, of: order), .integer(dispatchAt.milliseconds),
                .integer(DispatchLane.number(tenant: tenant, pharmacy: order.pharmacyID)),
                .blob(digest(order.likeness, TenantScope.orderLikeness)),
            ])
        try insertEvents([event], of: order, isNew: true, dueAt: dispatchAt, newID: newID)
        db.notify(.dispatch)
        noteChange()
        return record.representation
    }

    /// Stores an order's new value, its events, and a delivery of each event for each URL.
    /// - Parameters:
    ///   - order: changed at a time from `stamp(at:)`.
    ///   - dueAt: when to make the deliveries, by this node's clock.
    package func updateOrder(
        _ record: OrderRecord, to order: Order, events: [OrderEvent], dueAt: Timestamp, newID: () -> DeliveryID
    ) throws {
        try replaceOrder(record, with: order)
        try insertEvents(events, of: order, dueAt: dueAt, newID: newID)
        noteChange()
    }

    /// Writes the row of an order that has changed. The caller notes the change.
    func replaceOrder(_ record: OrderRecord, with order: Order) throws {
        try checkStamp(order.updatedAt)
        try db.send(
            TenantScope.updatedOrder,
            [
                tenantValue, .integer(record.row), .text(order.status.rawValue),
                .integer(order.updatedAt.milliseconds), try seal(storedRecord(of: order), "order"),
            ])
    }

    // MARK: Reading

    /// The context of the digests of `Order.likeness`.
    static let orderLikeness: StaticString = "order-likeness"

    private static let selectedAlike: SQL = """
        SELECT uuid FROM (
            SELECT id, uuid, likeness, created_at, status FROM orders
            WHERE tenant_id = $1 AND patient_uuid = $2 ORDER BY id DESC LIMIT $6) AS latest
        WHERE likeness IN ($3, $4) AND created_at >= $5 AND status NOT IN \([OrderStatus.cancelled, .failed])
        ORDER BY id DESC
        """

    /// Earlier orders that an order may be a duplicate of, newest first: those like it since `moment` that were not canceled and have
    /// not failed, among the latest orders of the patient.
    package func ordersLike(_ order: Order, since moment: Timestamp) throws -> [OrderID] {
        let digests = digests(of: [order.likeness], TenantScope.orderLikeness)
        return try db.rows(
            TenantScope.selectedAlike,
            [
                tenantValue, .text(order.patientID.description), .blob(digests[0]), .blob(digests[digests.count - 1]),
                .integer(moment.milliseconds), SQLValue(StoreLimits.ordersCompared),
            ]
        ) { OrderID(try $0.text(0)) }.compactMap(\.self)
    }

    package func orderRepresentation(_ id: OrderID) throws -> Representation? {
        let sealed = try db.row(
            "SELECT document FROM orders WHERE tenant_id = $1 AND uuid = $2", [tenantValue, .text(id.description)]
        ) { try $0.blob(0) }
        return try sealed.map { try representation($0, id.description) }
    }

    package func order(_ id: OrderID) throws -> OrderRecord? {
        try orderRecord(
            "SELECT id, document, dispatch_state FROM orders WHERE tenant_id = $1 AND uuid = $2", id, [])
    }

    /// - Parameters:
    ///   - sql: selects the row, the document and the dispatch state.
    ///   - more: binds after the tenant and the order's id.
    ///   - payload: the order as it was read before.
    func orderRecord(
        _ sql: SQL, _ id: OrderID, _ more: [SQLValue], knownAs payload: DispatchPayload? = nil
    ) throws -> OrderRecord? {
        let found = try db.row(sql, [tenantValue, .text(id.description)] + more) {
            (row: try $0.integer(0), document: try $0.blob(1), dispatch: DispatchState(stored: try $0.text(2)))
        }
        guard let found else { return nil }
        let order =
            if let payload, payload.sealedOrder == found.document { payload.order } else {
                try order(id, sealed: found.document)
            }
        return OrderRecord(row: found.row, order: order, dispatch: found.dispatch.resolved(by: order.dispatch.status))
    }

    func order(_ id: OrderID, sealed: [UInt8]) throws -> Order {
        try Order(stored: try StoredRecord(try open(sealed, "order", id.description), id: id.description).document())
    }

    /// Newest first; with `updatedSince`, by change, oldest change first.
    /// - Throws: `ListCursor.Fault`.
    package func orderRepresentations(_ filter: OrderFilter, page: PageRequest) throws -> Page<Representation> {
        let walk = try ListWalk(
            page, of: "orders",
            filters: [
                JSON(filter.status?.rawValue), JSON(filter.reference), JSON(filter.customerReference),
                JSON(filter.patientID?.description), JSON(milliseconds: filter.createdFrom),
                JSON(milliseconds: filter.createdTo), JSON(milliseconds: filter.updatedSince),
            ], in: self)
        var conditions: SQL = "WHERE tenant_id = $1"
        var binds: [SQLValue] = [tenantValue, SQLValue(walk.limit), SQLValue(page.offset)]
        func bind(_ value: SQLValue) -> SQL {
            binds.append(value)
            return .bind(binds.count)
        }
        func narrow(_ condition: SQL, _ value: SQLValue?) {
            guard let value else { return }
            conditions = conditions + "AND" + condition + bind(value)
        }
        narrow("status =", filter.status.map { .text($0.rawValue) })
        func narrowIdentifier(_ identifier: PartnerIdentifier, _ text: String?) {
            guard let text else { return }
            conditions = conditions + "AND" + condition(text, identifier, bind: bind)
        }
        narrowIdentifier(.reference, filter.reference)
        narrowIdentifier(.customerReference, filter.customerReference)
        narrow("patient_uuid =", filter.patientID.map { .text($0.description) })
        narrow("created_at >=", filter.createdFrom.map { .integer($0.milliseconds) })
        narrow("created_at <=", filter.createdTo.map { .integer($0.milliseconds) })
        switch (walk.position, filter.updatedSince) {
        case (let position?, .some):
            let start = [position.updatedAt, position.change, position.row].map { bind(.integer($0)) }
            conditions =
                conditions + "AND (updated_at, change_sequence, id) > (" + start[0] + "," + start[1] + "," + start[2]
                + ")"
        case (let position?, nil): narrow("id <", .integer(position.row))
        case (nil, let since): narrow("updated_at >=", since.map { .integer($0.milliseconds) })
        }
        let order: SQL =
            filter.updatedSince == nil
            ? "ORDER BY id DESC LIMIT $2 OFFSET $3"
            // The order of changes: a tenant's times ascend with the numbers of its changes. Orders that have not changed since
            // changes are numbered have the number 0, and the earliest times.
            : "ORDER BY updated_at, change_sequence, id LIMIT $2 OFFSET $3"
        let found = try db.rows(
            "SELECT uuid, document, updated_at, change_sequence, id FROM orders" + conditions + order, binds
        ) { row in
            (
                uuid: try row.text(0), document: try row.blob(1),
                position: ListPosition(
                    updatedAt: try row.integer(2), change: try row.integer(3), row: try row.integer(4))
            )
        }
        return try walk.page(found, position: \.position) {
            filter == OrderFilter() ? try orderTotal() : try counted("COUNT(*)", "FROM orders" + conditions, binds)
        } item: { order in
            try representation(order.document, order.uuid)
        }
    }

    // MARK: Records

    func storedRecord(of order: Order) -> StoredRecord {
        StoredRecord(order, id: order.id.description, memory.renderings.order, document: \.document)
    }

    /// The patient as they were when the order was placed: nothing of it is sent to partners.
    private func sealedSnapshot(_ patient: Patient, of order: Order) throws -> SQLValue {
        .blob(try seal(patient.document.bytes, "snapshot", order.id.description))
    }

    private func representation(_ sealed: [UInt8], _ id: String) throws -> Representation {
        try StoredRecord(try open(sealed, "order", id), id: id).representation(
            memory.renderings.order, of: Order.init(stored:))
    }
}
