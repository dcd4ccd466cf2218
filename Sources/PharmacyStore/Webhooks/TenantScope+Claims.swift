package import PharmacyDomain

extension TenantScope {
    /// Claims deliveries as they were planned, or fewer where another node was faster, and none where the tenant has been
    /// suspended since. No other node can claim them until `leaseExpiresAt`.
    package func claimDeliveries(
        _ plan: [PlannedClaim], at now: Timestamp, leaseExpiresAt: Timestamp
    ) throws -> ClaimedDeliveries {
        var claimed = ClaimedDeliveries()
        for planned in plan {
            let row = planned.endpoint.receiver.endpoint
            let claims = try claims(on: row, limit: planned.limit, at: now, leaseExpiresAt: leaseExpiresAt)
            var readable = 0
            if !claims.isEmpty {
                switch try source(planned.endpoint, leaseExpiresAt: leaseExpiresAt) {
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
            ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED)
        UPDATE webhook_deliveries SET status = \(DeliveryState.sending), due_at = $5 WHERE id IN (SELECT id FROM due)
        RETURNING id, order_id, attempts, uuid,
            (SELECT e.uuid FROM order_events e WHERE e.id = webhook_deliveries.event_id),
            (SELECT e.type FROM order_events e WHERE e.id = webhook_deliveries.event_id),
            (SELECT e.payload FROM order_events e WHERE e.id = webhook_deliveries.event_id)
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
                row: try row.integer(0), order: try row.integer(1), attempts: Int(try row.integer(2)),
                uuid: try row.text(3), event: try row.text(4), type: try row.text(5), payload: try row.blob(6))
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

    private func recordFailure(
        _ work: QuarantinedItem.Work, _ item: String, at now: Timestamp
    ) throws -> [QuarantinedItem] {
        let failure = ItemFailure(QuarantinedItem.Key(work, item, of: tenantID), .undecryptable)
        return [try system.recordFailure(failure, at: now)].compactMap(\.self)
    }

    /// The common parts of a URL's deliveries, or which of them is unreadable.
    private func source(_ endpoint: DueEndpoint, leaseExpiresAt: Timestamp) throws -> DeliverySource.Reading {
        let row = endpoint.receiver.endpoint
        guard
            let url = try readable({ String(decoding: try open(endpoint.url, "webhook-url", ""), as: UTF8.self) })
        else { return .unreadable(.endpoint, String(row)) }
        guard let secrets = try readable({ try webhookSecrets() }) else { return .unreadable(.webhookSecret, "") }
        return .readable(
            DeliverySource(
                scope: self, receiver: endpoint.receiver, url: WebhookURL(stored: url), kind: kind, secrets: secrets,
                leaseExpiresAt: leaseExpiresAt))
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
    let order: Int64
    let attempts: Int
    let uuid: String
    let event: String
    let type: String
    let payload: [UInt8]
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
    let leaseExpiresAt: Timestamp

    /// `nil` when its event cannot be read.
    func delivery(_ claim: Claim) throws -> ClaimedDelivery? {
        guard let eventID = EventID(claim.event), let type = EventType(rawValue: claim.type) else { return nil }
        return try readable {
            ClaimedDelivery(
                key: claim.row, uuid: claim.uuid, tenant: scope.tenantID, receiver: receiver, eventID: eventID,
                type: type, url: url, payload: try scope.open(claim.payload, "event", claim.event), secrets: secrets,
                tenantKind: kind, attempts: claim.attempts, leaseExpiresAt: leaseExpiresAt)
        }
    }
}
