package import PharmacyDomain

extension TenantScope {
    // MARK: Writing

    private static let insertedOrder =
        """
        INSERT INTO orders (tenant_id, uuid, status, reference_digest, customer_reference_digest, patient_uuid,
            created_at, updated_at, document, patient_snapshot, dispatch_at, dispatch_lane, change_sequence)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
        """ + newestOrderChange + "+ 1)"

    private static let updatedOrder =
        "UPDATE orders SET status = $3, updated_at = $4, document = $5, change_sequence =" + newestOrderChange
        + "+ 1 WHERE tenant_id = $1 AND id = $2"

    /// Keeps a new order, its first event, and a delivery of it for each URL.
    /// - Parameters:
    ///   - order: placed at a time from `stamp(at:)`.
    ///   - dispatchAt: when to hand it to the pharmacy and to make the deliveries, by this node's clock.
    package func insertOrder(
        _ order: Order, patient: Patient, event: NamedEvent, dispatchAt: Timestamp, newID: () -> DeliveryID
    ) throws {
        try checkStamp(order.updatedAt)
        let id = order.id.description
        try db.send(
            TenantScope.insertedOrder,
            [
                tenantValue, .text(id), .text(order.status.rawValue),
                identifierDigest(order.terms.reference, .reference),
                identifierDigest(order.terms.customerReference, .customerReference),
                .text(order.patientID.description),
                .integer(order.createdAt.milliseconds), .integer(order.updatedAt.milliseconds),
                .blob(try seal(order.document.bytes, "order", id)),
                .blob(try seal(patient.document.bytes, "snapshot", id)), .integer(dispatchAt.milliseconds),
                .integer(DispatchLane.number(tenant: tenant, pharmacy: order.pharmacyID)),
            ])
        try insertEvents([event], of: order, dueAt: dispatchAt, newID: newID)
        db.notify(.dispatch)
    }

    /// Keeps an order's new state, its events, and a delivery of each for each URL.
    /// - Parameters:
    ///   - order: changed at a time from `stamp(at:)`.
    ///   - dueAt: when to make the deliveries, by this node's clock.
    package func updateOrder(
        _ kept: OrderRecord, to order: Order, events: [NamedEvent], dueAt: Timestamp, newID: () -> DeliveryID
    ) throws {
        try checkStamp(order.updatedAt)
        let id = order.id.description
        try db.send(
            TenantScope.updatedOrder,
            [
                tenantValue, .integer(kept.row), .text(order.status.rawValue),
                .integer(order.updatedAt.milliseconds), .blob(try seal(order.document.bytes, "order", id)),
            ])
        try insertEvents(events, of: order, dueAt: dueAt, newID: newID)
    }

    // MARK: Reading

    package func orderDocument(_ id: OrderID) throws -> [UInt8]? {
        let sealed = try db.row(
            "SELECT document FROM orders WHERE tenant_id = $1 AND uuid = $2", [tenantValue, .text(id.description)]
        ) { try $0.blob(0) }
        return try sealed.map { try open($0, "order", id.description) }
    }

    package func order(_ id: OrderID) throws -> OrderRecord? {
        try orderRecord("SELECT id, document FROM orders WHERE tenant_id = $1 AND uuid = $2", id, [])
    }

    /// - Parameter more: binds behind the tenant and the order's id.
    func orderRecord(_ sql: SQL, _ id: OrderID, _ more: [SQLValue]) throws -> OrderRecord? {
        let found = try db.row(sql, [tenantValue, .text(id.description)] + more) {
            (row: try $0.integer(0), document: try $0.blob(1))
        }
        guard let found else { return nil }
        return OrderRecord(row: found.row, order: try order(id, sealed: found.document))
    }

    func order(_ id: OrderID, sealed: [UInt8]) throws -> Order {
        let document = try StoredJSON.parse(try open(sealed, "order", id.description))
        guard let order = Order(document: document) else { throw StoreError.broken("an order cannot be read") }
        return order
    }

    /// Newest first, or by change, oldest change first, where the filter says since when.
    /// - Throws: `ListCursor.Fault`.
    package func orderDocuments(_ filter: OrderFilter, page: PageRequest) throws -> Page<[UInt8]> {
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
            let place = [position.updatedAt, position.change, position.row].map { bind(.integer($0)) }
            conditions =
                conditions + "AND (updated_at, change_sequence, id) > (" + place[0] + "," + place[1] + "," + place[2]
                + ")"
        case (let position?, nil): narrow("id <", .integer(position.row))
        case (nil, let since): narrow("updated_at >=", since.map { .integer($0.milliseconds) })
        }
        let order: SQL =
            filter.updatedSince == nil
            ? "ORDER BY id DESC LIMIT $2 OFFSET $3"
            // The order of changes: times of a tenant ascend with the numbers of its changes. Orders that have not
            // changed since these are numbered have none, and the earliest times.
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
            try counted("COUNT(*)", "FROM orders" + conditions, binds)
        } item: { order in
            try open(order.document, "order", order.uuid)
        }
    }
}
