package import PharmacyDomain

extension TenantScope {
    private static let insertedEvent: SQL =
        """
        INSERT INTO order_events (tenant_id, uuid, order_id, type, sequence, tenant_sequence, recorded_at, payload)
        VALUES ($1, $2, (SELECT id FROM orders WHERE tenant_id = $1 AND uuid = $3), $4, $5,
        """ + newestEvent + "+ 1, $6, $7)"

    /// Stores events of an order and one delivery of each event for each of its URLs, in their order.
    ///
    /// Nothing is read from the store meanwhile, so that all statements share a round trip with those that follow.
    /// - Parameters:
    ///   - order: its `updatedAt` is when the events are recorded, by which they are retained and their deliveries are
    ///     shown. What they report may have happened long before (`OrderEvent.occurredAt`).
    ///   - isNew: whether the order is stored in the same transaction, so that no delivery can wait for an earlier one.
    ///   - dueAt: when to make the deliveries, by this node's clock: `updatedAt` may be later (`stamp(at:)`).
    func insertEvents(
        _ events: [OrderEvent], of order: Order, isNew: Bool = false, dueAt: Timestamp, newID: () -> DeliveryID
    ) throws {
        guard !events.isEmpty else { return }
        let urls = order.terms.webhookURLs
        for url in urls { try recordEndpoint(url) }
        for event in events {
            let id = event.id.description
            try db.send(
                TenantScope.insertedEvent,
                [
                    tenantValue, .text(id), .text(order.id.description), .text(event.type.rawValue),
                    SQLValue(event.sequence), .integer(order.updatedAt.milliseconds),
                    .blob(try seal(payload(of: event).bytes, "event", id)),
                ])
            for url in urls {
                try insertDelivery(
                    isNew ? TenantScope.insertedFirstDelivery : TenantScope.insertedDelivery, newID(), of: id, to: url,
                    at: order.updatedAt, dueAt: dueAt)
            }
        }
        if !urls.isEmpty { db.notify(.deliveries) }
    }

    /// The body of an event's webhooks.
    package func payload(of event: OrderEvent) -> Representation {
        memory.renderings.event.representation(of: event, id: event.id.description)
    }

    private static let insertedDelivery: SQL =
        delivery + """
            CASE WHEN \(hasUnfinished) THEN \(DeliveryState.new(behindUnfinished: true))
                ELSE \(DeliveryState.new(behindUnfinished: false)) END,
            CASE WHEN \(hasUnfinished) THEN NULL ELSE CAST($7 AS BIGINT) END
            """ + fromEvent

    /// Reads nothing of the table that it writes, because SQLite would first store the rows in a table of their own.
    private static let insertedFirstDelivery: SQL =
        delivery + "\(DeliveryState.new(behindUnfinished: false)), CAST($7 AS BIGINT)" + fromEvent

    private static let delivery: SQL = """
        INSERT INTO webhook_deliveries (tenant_id, uuid, order_id, event_id, endpoint_id, created_at, status, due_at)
        SELECT e.tenant_id, $2, e.order_id, e.id, w.id, CAST($6 AS BIGINT),
        """

    private static let fromEvent: SQL = """
        FROM order_events e JOIN webhook_endpoints w ON w.tenant_id = e.tenant_id AND w.url_digest IN ($4, $5)
        WHERE e.tenant_id = $1 AND e.uuid = $3
        """

    /// Whether a delivery of the same order to the same URL is not finished.
    private static let hasUnfinished: SQL = """
        EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.order_id = e.order_id AND d.endpoint_id = w.id
            AND d.status IN \(DeliveryState.unfinished))
        """

    private func insertDelivery(
        _ statement: SQL, _ id: DeliveryID, of event: String, to url: WebhookURL, at moment: Timestamp, dueAt: Timestamp
    ) throws {
        let digests = urlDigests(url.text)
        try db.send(
            statement,
            [tenantValue, .text(id.description), .text(event)] + digests + [
                .integer(moment.milliseconds), .integer(dueAt.milliseconds),
            ])
        try DeliveryQueues(db: db).schedule(delivery: id, at: dueAt)
    }
}
