package import PharmacyDomain

extension SystemScope {
    /// Makes the failed delivery of a quarantined item due again, with all its retries.
    package func restartFailedDelivery(_ item: QuarantinedItem.Key, at now: Timestamp) throws {
        guard let tenant = try tenantRow(item.tenant) else { return }
        let found = try db.row(
            """
            SELECT id, order_id, endpoint_id FROM webhook_deliveries
            WHERE uuid = $1 AND tenant_id = $2 AND status = \(DeliveryState.failed)
            """, [.text(item.item), .integer(tenant)]
        ) { (row: try $0.integer(0), order: try $0.optionalInteger(1), endpoint: try $0.integer(2)) }
        guard let found else { return }
        try DeliveryQueues(db: db).restart(found.row, order: found.order, endpoint: found.endpoint, at: now)
    }
}
