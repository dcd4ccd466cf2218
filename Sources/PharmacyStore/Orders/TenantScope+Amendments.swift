package import PharmacyDomain

extension TenantScope {
    /// The patient as they were when the order was placed.
    package func patientSnapshot(of order: OrderID) throws -> Patient? { try dispatchPayload(order)?.patient }

    /// Stores that the pharmacy is asked for an amendment of an order.
    /// - Parameter now: by this node's clock.
    /// - Returns: the number of the amendment, which is higher than those before.
    package func numberAmendment(of record: OrderRecord, at now: Timestamp) throws -> Int {
        var order = record.order
        order.updatedAt = try stamp(at: now)
        try amendOrder(record, to: order)
        // Changes of a tenant are numbered.
        let number = try db.row(
            "SELECT change_sequence FROM orders WHERE tenant_id = $1 AND id = $2",
            [tenantValue, .integer(record.row)]
        ) { try $0.integer(0) }
        guard let number else { throw StoreError.broken("an order that was changed is gone") }
        return Int(number)
    }

    /// Stores an order with other terms, which no event reports.
    /// - Parameter order: changed at a time from `stamp(at:)`.
    package func amendOrder(_ record: OrderRecord, to order: Order) throws {
        try replaceOrder(record, with: order)
        noteChange()
        let (old, new) = (record.order.terms, order.terms)
        guard new.reference != old.reference || new.customerReference != old.customerReference else { return }
        try db.send(
            """
            UPDATE orders SET reference_digest = $3, customer_reference_digest = $4, reference_in_clear = NULL,
                customer_reference_in_clear = NULL
            WHERE tenant_id = $1 AND id = $2
            """,
            [
                tenantValue, .integer(record.row), identifierDigest(new.reference, .reference),
                identifierDigest(new.customerReference, .customerReference),
            ])
    }
}
