package import PharmacyDomain

extension TenantScope {
    private static let insertedEvent: SQL =
        """
        INSERT INTO order_events (tenant_id, uuid, order_id, type, sequence, tenant_sequence, recorded_at, payload)
        VALUES ($1, $2, (SELECT id FROM orders WHERE tenant_id = $1 AND uuid = $3), $4, $5,
        """ + newestEvent + "+ 1, $6, $7)"

    /// Stores events of an order and one delivery of each event for each of its URLs, in their order, and for each registered
    /// endpoint that wants it and whose URL the order does not name.
    ///
    /// Where the tenant has no endpoints, nothing is read from the store meanwhile, so that all statements share a round trip with
    /// those that follow.
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
        // Tenants without endpoints read nothing.
        let registrations = try hasActiveEndpoints() ? registrations() : []
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
            for registration in registrations where registration.wants(.order(event.type)) {
                try insertDelivery(newID(), of: id, to: registration, at: order.updatedAt, dueAt: dueAt)
            }
        }
        if !urls.isEmpty || !registrations.isEmpty { db.notify(.deliveries) }
    }

    /// The body of an event's webhooks.
    package func payload(of event: OrderEvent) -> Representation {
        memory.renderings.event.representation(of: event, id: event.id.description)
    }

    private static let insertedDelivery: SQL = delivery + statusOfNew + fromEvent

    /// Of an event that another delivery brings to the URL already, it inserts none.
    private static let insertedRegisteredDelivery: SQL =
        """
        INSERT INTO webhook_deliveries (tenant_id, uuid, order_id, event_id, endpoint_id, created_at, registration_id, status,
            due_at)
        SELECT e.tenant_id, $2, e.order_id, e.id, w.id, CAST($6 AS BIGINT), CAST($5 AS BIGINT),
        """ + statusOfNew + """
            FROM order_events e JOIN webhook_endpoints w ON w.tenant_id = e.tenant_id AND w.id = $4
            WHERE e.tenant_id = $1 AND e.uuid = $3
                AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.event_id = e.id AND d.endpoint_id = w.id)
            """

    private static let statusOfNew: SQL = """
        CASE WHEN \(hasUnfinished) THEN \(DeliveryState.new(behindUnfinished: true))
            ELSE \(DeliveryState.new(behindUnfinished: false)) END,
        CASE WHEN \(hasUnfinished) THEN NULL ELSE CAST($7 AS BIGINT) END
        """

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

    private func insertDelivery(
        _ id: DeliveryID, of event: String, to registration: EndpointRegistration, at moment: Timestamp,
        dueAt: Timestamp
    ) throws {
        try db.send(
            TenantScope.insertedRegisteredDelivery,
            [
                tenantValue, .text(id.description), .text(event), .integer(registration.endpoint),
                .integer(registration.row), .integer(moment.milliseconds), .integer(dueAt.milliseconds),
            ])
        try DeliveryQueues(db: db).schedule(delivery: id, at: dueAt)
    }

    // MARK: Events of endpoints

    private static let insertedEndpointEvent: SQL =
        """
        INSERT INTO order_events (tenant_id, uuid, order_id, type, sequence, tenant_sequence, recorded_at, payload)
        VALUES ($1, $2, NULL, $3, 0,
        """ + newestEvent + "+ 1, $4, $5)"

    /// Stores that the health of the endpoint that is registered at a URL has changed, with a delivery to each of the tenant's other
    /// endpoints that wants it. Where there is none, or no endpoint is registered at the URL, nothing is stored.
    /// - Parameters:
    ///   - endpoint: the URL's row.
    ///   - now: by this node's clock.
    func insertEvent(
        _ type: EndpointEventType, of endpoint: Int64, at now: Timestamp, identifiers: EventIdentifiers
    ) throws {
        let found = try db.row(
            """
            SELECT r.id, r.uuid, w.url FROM registered_endpoints r JOIN webhook_endpoints w ON w.id = r.endpoint_id
            WHERE r.tenant_id = $1 AND r.endpoint_id = $2
            """, [tenantValue, .integer(endpoint)]
        ) { (row: try $0.integer(0), id: EndpointID(try $0.text(1)), url: try $0.blob(2)) }
        guard let found, let id = found.id else { return }
        let receivers = try registrations().filter { $0.row != found.row && $0.wants(.endpoint(type)) }
        guard !receivers.isEmpty else { return }
        let url = WebhookURL(stored: String(decoding: try open(found.url, "webhook-url", ""), as: UTF8.self))
        let event = EndpointEvent(
            id: identifiers.newEvent(), type: type, endpoint: id, host: url.host, occurredAt: now)
        let text = event.id.description
        let payload = memory.renderings.endpointEvent.representation(of: event, id: text)
        try db.send(
            TenantScope.insertedEndpointEvent,
            [
                tenantValue, .text(text), .text(type.rawValue), .integer(now.milliseconds),
                .blob(try seal(payload.bytes, "event", text)),
            ])
        for receiver in receivers {
            try insertDelivery(identifiers.newDelivery(), of: text, to: receiver, at: now, dueAt: now)
        }
        db.notify(.deliveries)
    }
}
