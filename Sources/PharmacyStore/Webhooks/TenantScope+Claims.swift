package import PharmacyDomain

extension TenantScope {
    /// Claims deliveries as they were planned, or fewer where another node was faster, and none where the tenant has been
    /// suspended, or the endpoint at the URL paused, since. No other node can claim them until `leaseExpiresAt`.
    ///
    /// Deliveries that were made for a registered endpoint that is no longer at the URL move to its new URL, or end where it was
    /// deleted.
    package func claimDeliveries(
        _ plan: [PlannedClaim], at now: Timestamp, leaseExpiresAt: Timestamp
    ) throws -> ClaimedDeliveries {
        var claimed = ClaimedDeliveries()
        for planned in plan {
            let row = planned.endpoint.receiver.endpoint
            let all = try claims(on: row, limit: planned.limit, at: now, leaseExpiresAt: leaseExpiresAt)
            for claim in all where !claim.isForPresentReceiver { try redirect(claim, from: row, at: now) }
            let claims = all.filter(\.isForPresentReceiver)
            var readable = 0
            if !claims.isEmpty {
                switch try source(planned.endpoint, registration: claims[0].registered, leaseExpiresAt: leaseExpiresAt)
                {
                case .readable(let source):
                    for claim in claims {
                        if let delivery = try source.delivery(claim) {
                            claimed.deliveries.append(delivery)
                            readable += 1
                        } else {
                            try giveUp(claim, endpoint: row, at: now)
                            claimed.failures += try recordFailure(.delivery, claim.uuid, at: now)
                        }
                    }
                case .unreadable(let work, let item):
                    // The claims expire. The plan skips the URL, or all URLs of the tenant, until the next try.
                    claimed.failures += try recordFailure(work, item, at: now)
                }
            }
            claimed.unreadable += claims.count - readable
            try DeliveryQueues(db: db).reschedule(row)
        }
        return claimed
    }

    private static let claimed: SQL = """
        WITH due AS MATERIALIZED (
            SELECT id FROM webhook_deliveries WHERE tenant_id = $1 AND endpoint_id = $2 AND due_at <= $3
                AND EXISTS (SELECT 1 FROM tenants WHERE id = $1 AND status = \(Tenant.Status.active))
                AND EXISTS (SELECT 1 FROM webhook_endpoints WHERE id = $2 AND is_held = 0)
            ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED)
        UPDATE webhook_deliveries SET status = \(DeliveryState.sending), due_at = $5 WHERE id IN (SELECT id FROM due)
        RETURNING id, order_id, attempts, uuid,
            (SELECT e.uuid FROM order_events e WHERE e.id = webhook_deliveries.event_id),
            (SELECT e.type FROM order_events e WHERE e.id = webhook_deliveries.event_id),
            (SELECT e.payload FROM order_events e WHERE e.id = webhook_deliveries.event_id),
            event_id, registration_id, (SELECT r.id FROM registered_endpoints r WHERE r.endpoint_id = $2),
            (SELECT r.uuid FROM registered_endpoints r WHERE r.endpoint_id = $2),
            (SELECT r.retry_schedule FROM registered_endpoints r WHERE r.endpoint_id = $2),
            (SELECT r.document FROM registered_endpoints r WHERE r.endpoint_id = $2)
        """

    private func claims(
        on endpoint: Int64, limit: Int, at now: Timestamp, leaseExpiresAt: Timestamp
    ) throws -> [Claim] {
        try db.rows(
            TenantScope.claimed,
            [
                tenantValue, .integer(endpoint), .integer(now.milliseconds), SQLValue(limit),
                .integer(leaseExpiresAt.milliseconds),
            ]
        ) { row in
            Claim(
                row: try row.integer(0), order: try row.optionalInteger(1), attempts: Int(try row.integer(2)),
                uuid: try row.text(3), event: try row.text(4), type: try row.text(5), payload: try row.blob(6),
                eventRow: try row.integer(7), madeFor: try row.optionalInteger(8),
                registered: row.isNull(9)
                    ? nil
                    : ClaimedRegistration(
                        row: try row.integer(9), uuid: try row.text(10), schedule: try row.text(11),
                        document: try row.blob(12)))
        }
        .sorted { $0.row < $1.row }
    }

    private static let givenUp: SQL = """
        UPDATE webhook_deliveries SET status = \(DeliveryState.failed), due_at = NULL, completed_at = $2 WHERE id = $1
        """

    /// Fails a delivery that cannot be read, so that it is not claimed again and again.
    private func giveUp(_ claim: Claim, endpoint: Int64, at now: Timestamp) throws {
        try db.send(TenantScope.givenUp, [.integer(claim.row), .integer(now.milliseconds)])
        try addDeliveryCounts([DeliveryCount(hour: now.hour, status: .failed, count: 1)])
        noteChange()
        try DeliveryQueues(db: db).startNext(order: claim.order, endpoint: endpoint, at: now)
    }

    private static let moved: SQL = """
        UPDATE webhook_deliveries SET endpoint_id = $2, attempts = 0,
            status = CASE WHEN order_id IS NULL THEN \(DeliveryState.ready) ELSE \(DeliveryState.waiting) END,
            due_at = CASE WHEN order_id IS NULL THEN CAST($3 AS BIGINT) END
        WHERE id = $1
        """

    /// Moves a delivery to the present URL of the registered endpoint that it was made for, with a new round of attempts; ends it
    /// where the endpoint was deleted, or where another delivery brings the event to that URL.
    private func redirect(_ claim: Claim, from endpoint: Int64, at now: Timestamp) throws {
        guard let url = try claim.madeFor.flatMap({ try currentURL(ofRegistration: $0) }) else {
            return try end(claim, "not sent: the registered endpoint was deleted", endpoint: endpoint, at: now)
        }
        let isThere = try db.row(
            "SELECT 1 FROM webhook_deliveries WHERE event_id = $1 AND endpoint_id = $2 LIMIT 1",
            [.integer(claim.eventRow), .integer(url)]
        ) { _ in true }
        if isThere == true {
            return try end(
                claim, "not sent: another delivery brings the event to the endpoint's new URL", endpoint: endpoint,
                at: now)
        }
        try db.send(TenantScope.moved, [.integer(claim.row), .integer(url), .integer(now.milliseconds)])
        let queues = DeliveryQueues(db: db)
        try queues.startNext(order: claim.order, endpoint: endpoint, at: now)
        try queues.startNext(order: claim.order, endpoint: url, at: now)
        try queues.reschedule(url)
        db.notify(.deliveries)
        noteChange()
    }

    /// Fails a delivery that is not made, and says why in its log.
    private func end(_ claim: Claim, _ reason: String, endpoint: Int64, at now: Timestamp) throws {
        let attempt = Delivery.Attempt(at: now, duration: .zero, statusCode: nil, error: reason, response: [])
        try insert(attempt, of: claim.row)
        try giveUp(claim, endpoint: endpoint, at: now)
    }

    private func recordFailure(
        _ work: QuarantinedItem.Work, _ item: String, at now: Timestamp
    ) throws -> [QuarantinedItem] {
        let failure = ItemFailure(QuarantinedItem.Key(work, item, of: tenantID), .undecryptable)
        return [try system.recordFailure(failure, at: now)].compactMap(\.self)
    }

    /// The common parts of a URL's deliveries, or which of them is unreadable.
    private func source(
        _ endpoint: DueEndpoint, registration: ClaimedRegistration?, leaseExpiresAt: Timestamp
    ) throws -> DeliverySource.Reading {
        let row = endpoint.receiver.endpoint
        guard
            let url = try readable({ String(decoding: try open(endpoint.url, "webhook-url", ""), as: UTF8.self) })
        else { return .unreadable(.endpoint, String(row)) }
        let (secrets, schedule): (WebhookSecrets, RetrySchedule)
        if let registration {
            guard let found = RetrySchedule(rawValue: registration.schedule),
                let parts = try readable({ try sealedParts(of: registration.uuid, in: registration.document) })
            else { return .unreadable(.endpoint, String(row)) }
            (secrets, schedule) = (parts.secrets, found)
        } else {
            guard let own = try readable({ try webhookSecrets() }) else { return .unreadable(.webhookSecret, "") }
            (secrets, schedule) = (own, .standard)
        }
        return .readable(
            DeliverySource(
                scope: self, receiver: endpoint.receiver, url: WebhookURL(stored: url), kind: kind, secrets: secrets,
                schedule: schedule, leaseExpiresAt: leaseExpiresAt))
    }
}

/// `nil` where the stored value is damaged. Other failures are the store's own and may pass.
private func readable<Value>(_ read: () throws -> Value?) throws -> Value? {
    do {
        return try read()
    } catch StoreError.sealBroken, StoreError.broken {
        return nil
    }
}

/// A claimed delivery, with its event as it is stored.
private struct Claim {
    let row: Int64
    /// `nil` for an event of an endpoint.
    let order: Int64?
    let attempts: Int
    let uuid: String
    let event: String
    let type: String
    let payload: [UInt8]
    let eventRow: Int64
    /// The registered endpoint that the delivery was made for; `nil` where the order names the URL.
    let madeFor: Int64?
    /// The registered endpoint that is at the URL now.
    let registered: ClaimedRegistration?

    /// Whether the delivery goes to its URL.
    var isForPresentReceiver: Bool { madeFor == nil || madeFor == registered?.row }
}

/// The registered endpoint at the URL of a claimed delivery, as it is stored.
private struct ClaimedRegistration {
    let row: Int64
    let uuid: String
    let schedule: String
    let document: [UInt8]
}

/// The common parts of a URL's deliveries.
private struct DeliverySource {
    enum Reading {
        case readable(DeliverySource)
        case unreadable(QuarantinedItem.Work, _ item: String)
    }

    let scope: TenantScope
    let receiver: DeliverySlots.Receiver
    let url: WebhookURL
    let kind: Tenant.Kind
    let secrets: WebhookSecrets
    let schedule: RetrySchedule
    let leaseExpiresAt: Timestamp

    /// `nil` when its event cannot be read.
    func delivery(_ claim: Claim) throws -> ClaimedDelivery? {
        guard let eventID = EventID(claim.event), let type = WebhookEventType(rawValue: claim.type) else { return nil }
        return try readable {
            ClaimedDelivery(
                key: claim.row, uuid: claim.uuid, tenant: scope.tenantID, receiver: receiver, eventID: eventID,
                type: type, url: url, payload: try scope.open(claim.payload, "event", claim.event), secrets: secrets,
                tenantKind: kind, schedule: schedule, attempts: claim.attempts, leaseExpiresAt: leaseExpiresAt)
        }
    }
}
