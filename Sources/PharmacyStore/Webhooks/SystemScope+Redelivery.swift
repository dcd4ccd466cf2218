internal import PharmacyDomain

extension SystemScope {
    /// Makes a failed delivery due again, with all its retries. Needs no tenant's key.
    func redeliverFailed(_ uuid: String, of tenant: Int64, at now: Timestamp) throws {
        let found = try db.row(
            """
            SELECT id, order_id, endpoint_id FROM webhook_deliveries
            WHERE uuid = $1 AND tenant_id = $2 AND status = \(DeliveryState.failed)
            """, [.text(uuid), .integer(tenant)]
        ) { (row: try $0.integer(0), order: try $0.optionalInteger(1), endpoint: try $0.integer(2)) }
        guard let found else { return }
        try DeliveryQueues(db: db).restart(found.row, order: found.order, endpoint: found.endpoint, at: now)
    }
}
