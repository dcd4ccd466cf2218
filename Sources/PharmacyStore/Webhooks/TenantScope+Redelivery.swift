package import PharmacyDomain

extension TenantScope {
    /// Makes a finished delivery due again, with all its retries, at the end of the queue of its order and URL, and writes an
    /// audit entry.
    package func redeliver(_ id: DeliveryID, at now: Timestamp) throws -> RedeliveryResult {
        guard let delivery = try delivery(id) else { return .notFound }
        guard delivery.status != .pending else { return .pending }
        try DeliveryQueues(db: db).restart(
            delivery.row, order: delivery.order, endpoint: delivery.endpoint, at: now)
        audit(.deliveryRedelivered, [id.description], at: now)
        noteChange()
        return .started
    }

    /// Whether there are failed deliveries. Reads an index.
    package func hasFailedDeliveries() throws -> Bool {
        try db.row(
            """
            SELECT 1 FROM webhook_deliveries WHERE tenant_id = $1 AND status = \(DeliveryState.failed) LIMIT 1
            """, [tenantValue]
        ) { _ in true } ?? false
    }

    /// How many deliveries failed since a time. Reads an index.
    package func failedDeliveries(since: Timestamp) throws -> Int {
        try db.row(
            """
            SELECT COUNT(*) FROM webhook_deliveries
            WHERE tenant_id = $1 AND status = \(DeliveryState.failed) AND completed_at >= $2
            """, [tenantValue, .integer(since.milliseconds)]
        ) { Int(try $0.integer(0)) } ?? 0
    }

    /// Makes some deliveries due again that have failed, as `redeliver(_:at:)` does, the oldest first.
    /// - Parameters:
    ///   - since: when the earliest of them failed.
    ///   - url: those to this URL alone.
    ///   - limit: the most that are made due, 1 or more.
    ///   - now: when the latest of them may have failed, so that one that fails again at once is not made due twice.
    /// - Returns: how many; `limit` where there may be more.
    package func redeliverFailed(since: Timestamp, url: String?, limit: Int, at now: Timestamp) throws -> Int {
        var only: SQL = ""
        var binds: [SQLValue] = [
            tenantValue, .integer(since.milliseconds), SQLValue(limit), .integer(now.milliseconds),
        ]
        if let url {
            only =
                "AND endpoint_id IN (SELECT id FROM webhook_endpoints WHERE tenant_id = $1 AND url_digest IN ($5, $6))"
            binds += urlDigests(url)
        }
        let failed = try db.rows(
            """
            SELECT id, uuid, order_id, endpoint_id FROM webhook_deliveries
            WHERE tenant_id = $1 AND status = \(DeliveryState.failed) AND completed_at BETWEEN $2 AND $4 \(only)
            ORDER BY id LIMIT $3
            """, binds
        ) {
            (row: try $0.integer(0), id: try $0.text(1), order: try $0.optionalInteger(2), endpoint: try $0.integer(3))
        }
        let queues = DeliveryQueues(db: db)
        for delivery in failed {
            try queues.restart(delivery.row, order: delivery.order, endpoint: delivery.endpoint, at: now)
        }
        let ids = failed.map(\.id)
        if !ids.isEmpty {
            audit(.deliveryRedelivered, ids, at: now)
            noteChange()
        }
        return ids.count
    }
}
