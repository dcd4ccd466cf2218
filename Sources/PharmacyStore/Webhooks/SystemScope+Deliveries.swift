package import PharmacyDomain

/// A delivery that is due, with all that sending it needs.
package struct DueDelivery: Sendable, Redacted {
    /// Its row.
    package let key: Int64
    package let tenant: TenantID
    package let endpoint: Int64
    package let eventID: EventID
    package let type: OrderEvent.Kind
    package let url: WebhookURL
    package let payload: [UInt8]
    /// As they were kept: a next one may be due.
    package let secrets: WebhookSecrets
    package let tenantKind: Tenant.Kind
    /// Attempts of this round before the coming one.
    package let attempts: Int
}

extension SystemScope {
    /// Claims deliveries that are due: until `leaseEnds` nobody else is given them.
    /// - Parameter busy: endpoints that have enough under way.
    package func claimDeliveries(
        limit: Int, excluding busy: Set<Int64>, at now: Timestamp, leaseEnds: Timestamp
    ) throws -> [DueDelivery] {
        var exclusion: SQL = ""
        var binds: [SQLValue] = [SQLValue(limit), .integer(now.milliseconds), .integer(leaseEnds.milliseconds)]
        for endpoint in busy.sorted() {
            binds.append(.integer(endpoint))
            exclusion = exclusion + "AND endpoint_id <>" + .bind(binds.count)
        }
        let claimed = try db.rows(
            """
            UPDATE webhook_deliveries SET status = 'sending', due_at = $3
            WHERE id IN (
                SELECT id FROM webhook_deliveries WHERE due_at <= $2
            """ + exclusion + """
                ORDER BY due_at LIMIT $1)
                RETURNING id, (SELECT uuid FROM tenants WHERE tenants.id = webhook_deliveries.tenant_id), endpoint_id,
                    event_id, attempts
                """, binds
        ) { row in
            (
                key: try row.integer(0), tenant: try row.text(1), endpoint: try row.integer(2),
                event: try row.integer(3), attempts: try row.integer(4)
            )
        }
        return try claimed.sorted { $0.key < $1.key }.compactMap { claim in
            guard let tenant = TenantID(claim.tenant) else { return nil }
            return try self.tenant(tenant).dueDelivery(
                claim.key, endpoint: claim.endpoint, event: claim.event, attempts: Int(claim.attempts))
        }
    }

    package func nextDelivery() throws -> Timestamp? {
        try db.row("SELECT MIN(due_at) FROM webhook_deliveries WHERE due_at IS NOT NULL", []) {
            try $0.optionalInteger(0).map(Timestamp.init(milliseconds:))
        } ?? nil
    }
}

extension TenantScope {
    fileprivate func dueDelivery(
        _ key: Int64, endpoint: Int64, event: Int64, attempts: Int
    ) throws -> DueDelivery? {
        let row = try db.row(
            """
            SELECT e.uuid, e.type, e.payload, w.url, t.kind
            FROM order_events e, webhook_endpoints w, tenants t
            WHERE e.id = $2 AND w.id = $3 AND t.id = $1 AND e.tenant_id = $1 AND w.tenant_id = $1
            """, [tenantValue, .integer(event), .integer(endpoint)]
        ) { row in
            (
                event: try row.text(0), type: try row.text(1), payload: try row.blob(2), url: try row.blob(3),
                kind: try row.text(4)
            )
        }
        guard let row, let eventID = EventID(row.event), let type = OrderEvent.Kind(rawValue: row.type),
            let kind = Tenant.Kind(rawValue: row.kind)
        else { return nil }
        let url = String(decoding: try open(row.url, "webhook-url", ""), as: UTF8.self)
        return DueDelivery(
            key: key, tenant: tenantID, endpoint: endpoint, eventID: eventID, type: type,
            url: WebhookURL(stored: url), payload: try open(row.payload, "event", row.event),
            secrets: try webhookSecrets(), tenantKind: kind, attempts: attempts)
    }

    /// Keeps what an attempt came to; after the end of a delivery the next one of the order to that URL is due.
    package func finishAttempt(
        _ delivery: Int64, _ attempt: Delivery.Attempt, verdict: DeliveryPolicy.Verdict
    ) throws {
        let (status, dueAt): (String, Timestamp?) =
            switch verdict {
            case .succeeded: ("succeeded", nil)
            case .retry(let moment): ("ready", moment)
            case .failed: ("failed", nil)
            }
        let end = attempt.at + attempt.duration
        let row = try db.row(
            """
            UPDATE webhook_deliveries SET status = $3, due_at = $4, attempts = attempts + 1, completed_at = $5
            WHERE tenant_id = $1 AND id = $2 AND status = 'sending' RETURNING order_id, endpoint_id
            """,
            [
                tenantValue, .integer(delivery), .text(status), SQLValue(dueAt?.milliseconds),
                dueAt == nil ? .integer(end.milliseconds) : nil,
            ]
        ) { (order: try $0.integer(0), endpoint: try $0.integer(1)) }
        guard let row else { return }
        try db.run(
            """
            INSERT INTO webhook_attempts (delivery_id, at, duration, status_code, error, answer)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                .integer(delivery), .integer(attempt.at.milliseconds), .integer(attempt.duration.milliseconds),
                SQLValue(attempt.statusCode), SQLValue(attempt.error),
                .blob(try seal(attempt.answer, "answer", String(delivery))),
            ])
        if dueAt == nil {
            try db.run(
                """
                UPDATE webhook_deliveries SET status = 'ready', due_at = $3
                WHERE id = (SELECT MIN(id) FROM webhook_deliveries
                    WHERE order_id = $1 AND endpoint_id = $2 AND status = 'waiting')
                """, [.integer(row.order), .integer(row.endpoint), .integer(end.milliseconds)])
        }
        db.ring(.deliveries)
    }
}
