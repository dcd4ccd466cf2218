package import PharmacyDomain

/// An event and its id.
package struct NamedEvent: Hashable, Sendable {
    package let id: EventID
    package let event: OrderEvent

    package init(id: EventID, event: OrderEvent) {
        self.id = id
        self.event = event
    }
}

extension TenantScope {
    /// Keeps events of an order and one delivery of each for each of its URLs, in their order.
    func insertEvents(_ events: [NamedEvent], of kept: KeptOrder, newID: () -> DeliveryID) throws {
        guard !events.isEmpty else { return }
        let endpoints = try kept.order.terms.webhookURLs.map { try endpoint($0) }
        for named in events {
            let event = named.event
            let id = named.id.description
            let sequence = try db.row(
                "UPDATE tenants SET event_sequence = event_sequence + 1 WHERE id = $1 RETURNING event_sequence",
                [tenantValue]
            ) { try $0.integer(0) }
            let row = try db.row(
                """
                INSERT INTO order_events (tenant_id, uuid, order_id, type, sequence, tenant_sequence, occurred_at,
                    payload)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id
                """,
                [
                    tenantValue, .text(id), .integer(kept.row), .text(event.type.rawValue),
                    SQLValue(event.sequence), SQLValue(sequence), .integer(event.occurredAt.milliseconds),
                    .blob(try seal(event.payload(id: named.id).bytes, "event", id)),
                ]
            ) { try $0.integer(0) }
            guard let row else { throw StoreError.broken("an event was not kept") }
            for endpoint in endpoints {
                try insertDelivery(
                    newID(), event: row, order: kept.row, endpoint: endpoint, at: event.occurredAt)
            }
        }
        if !endpoints.isEmpty { db.ring(.deliveries) }
    }

    /// A delivery behind an unfinished one of the same order to the same URL waits for it.
    private func insertDelivery(
        _ id: DeliveryID, event: Int64, order: Int64, endpoint: Int64, at now: Timestamp
    ) throws {
        let mustWait =
            try db.row(
                """
                SELECT 1 FROM webhook_deliveries
                WHERE order_id = $1 AND endpoint_id = $2 AND status IN ('ready', 'sending', 'waiting') LIMIT 1
                """, [.integer(order), .integer(endpoint)]
            ) { _ in true } ?? false
        try db.run(
            """
            INSERT INTO webhook_deliveries (tenant_id, uuid, order_id, event_id, endpoint_id, status, due_at,
                created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                tenantValue, .text(id.description), .integer(order), .integer(event), .integer(endpoint),
                mustWait ? "waiting" : "ready", mustWait ? nil : .integer(now.milliseconds),
                .integer(now.milliseconds),
            ])
        if !mustWait { try DeliveryQueues(db: db).schedule(endpoint, at: now) }
    }
}
