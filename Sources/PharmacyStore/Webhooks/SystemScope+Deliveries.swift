package import PharmacyDomain

/// A delivery that is due, with all that sending it needs.
package struct DueDelivery: Sendable, Redacted {
    /// Its row.
    package let key: Int64
    package let tenant: TenantID
    package let receiver: DeliverySlots.Receiver
    package let eventID: EventID
    package let type: OrderEvent.Kind
    package let url: WebhookURL
    package let payload: [UInt8]
    /// As they were kept: a next one may be due.
    package let secrets: WebhookSecrets
    package let tenantKind: Tenant.Kind
    /// Attempts of this round before the coming one.
    package let attempts: Int
    /// Until when nobody else is given it; names the claim, too.
    let leaseEnds: Timestamp
}

/// What a round of claiming came to.
package struct ClaimedDeliveries: Sendable {
    package fileprivate(set) var deliveries: [DueDelivery] = []
    /// How many could not be read: given up, or left to be tried again where it is the tenant's or the URL's fault.
    package fileprivate(set) var unreadable = 0
    /// When the next is due to a receiver that has room; `nil` when there is none.
    package fileprivate(set) var next: Timestamp?
}

extension SystemScope {
    /// Claims deliveries that are due and may start, the longest due destinations first: until `leaseEnds` nobody else is
    /// given them.
    ///
    /// Found by seeks: one for each destination that has anything to do, one for each URL that is due, then the
    /// deliveries themselves. What is due to receivers without room is never read.
    /// - Parameters:
    ///   - slots: what is under way.
    ///   - limit: the most that are claimed, 1 or more.
    package func claimDeliveries(
        in slots: DeliverySlots, limit: Int, at now: Timestamp, leaseEnds: Timestamp
    ) throws -> ClaimedDeliveries {
        var claimed = ClaimedDeliveries()
        var slots = slots
        var room = limit
        let destinations = try dueDestinations()
        for destination in destinations where destination.due <= now && room > 0 {
            let start = slots.room(for: destination.id)
            guard start > 0 else { continue }
            // Each of its URLs without room has one under way.
            let endpoints = try dueEndpoints(
                of: destination.id, at: now, limit: start + slots.underWay(to: destination.id))
            for endpoint in endpoints {
                let count = min(room, slots.room(for: endpoint.receiver))
                guard count > 0 else { continue }
                let (deliveries, unreadable) = try claim(from: endpoint, limit: count, at: now, leaseEnds: leaseEnds)
                for _ in deliveries { slots.begin(endpoint.receiver) }
                room -= deliveries.count + unreadable
                claimed.deliveries += deliveries
                claimed.unreadable += unreadable
            }
        }
        let left = room == limit ? destinations : try dueDestinations()
        claimed.next = try nextDue(among: left, in: slots, at: now, isFull: room == 0)
        return claimed
    }

    /// Claims deliveries to one URL.
    /// - Returns: those that can be made, and how many cannot.
    private func claim(
        from endpoint: DueEndpoint, limit: Int, at now: Timestamp, leaseEnds: Timestamp
    ) throws -> (deliveries: [DueDelivery], unreadable: Int) {
        let row = endpoint.receiver.endpoint
        let claims = try claims(on: row, limit: limit, at: now, leaseEnds: leaseEnds)
        var deliveries: [DueDelivery] = []
        // Where the tenant or the URL cannot be read, the claims run out and it is tried again.
        if let source = try source(endpoint, leaseEnds: leaseEnds) {
            for claim in claims {
                if let delivery = try source.delivery(claim) {
                    deliveries.append(delivery)
                } else {
                    try giveUp(claim, at: now)
                }
            }
        }
        try DeliveryQueues(db: db).reschedule(row)
        return (deliveries, claims.count - deliveries.count)
    }

    /// When a delivery is due that has room to start.
    /// - Parameter isFull: whether some that have room and are due were left for the next round.
    private func nextDue(
        among destinations: [DueDestination], in slots: DeliverySlots, at now: Timestamp, isFull: Bool
    ) throws -> Timestamp? {
        var next: Timestamp?
        for destination in destinations where slots.room(for: destination.id) > 0 {
            if let next, next <= destination.due { break }
            // What is due belongs to URLs without room; others of the destination may be due later.
            let due =
                destination.due > now || isFull ? destination.due : try nextDue(of: destination.id, after: now)
            next = [next, due].compactMap(\.self).min()
        }
        return next
    }

    private func nextDue(of destination: Int64, after now: Timestamp) throws -> Timestamp? {
        try db.moment(
            "SELECT MIN(due_at) FROM webhook_endpoints WHERE destination = $1 AND due_at > $2",
            [.integer(destination), .integer(now.milliseconds)])
    }

    typealias DueDestination = (id: Int64, due: Timestamp)

    /// When a destination's next delivery is due, for all that have one; the earliest first.
    func dueDestinations() throws -> [DueDestination] {
        try db.rows(
            """
            WITH RECURSIVE destinations (id) AS (
                SELECT MIN(destination) FROM webhook_endpoints WHERE due_at IS NOT NULL
                UNION ALL
                SELECT (SELECT MIN(e.destination) FROM webhook_endpoints e
                    WHERE e.due_at IS NOT NULL AND e.destination > destinations.id)
                FROM destinations WHERE destinations.id IS NOT NULL)
            SELECT id, (SELECT MIN(e.due_at) FROM webhook_endpoints e
                WHERE e.due_at IS NOT NULL AND e.destination = destinations.id) AS due
            FROM destinations WHERE id IS NOT NULL ORDER BY due
            """, []
        ) { (id: try $0.integer(0), due: try $0.timestamp(1)) }
    }

    private func dueEndpoints(of destination: Int64, at now: Timestamp, limit: Int) throws -> [DueEndpoint] {
        try db.rows(
            """
            SELECT e.id, e.url, t.uuid, t.kind FROM webhook_endpoints e JOIN tenants t ON t.id = e.tenant_id
            WHERE e.destination = $1 AND e.due_at <= $2 ORDER BY e.due_at LIMIT $3
            """, [.integer(destination), .integer(now.milliseconds), SQLValue(limit)]
        ) { row in
            DueEndpoint(
                receiver: DeliverySlots.Receiver(destination: destination, endpoint: try row.integer(0)),
                url: try row.blob(1), tenant: try row.text(2), kind: try row.text(3))
        }
    }

    private func claims(
        on endpoint: Int64, limit: Int, at now: Timestamp, leaseEnds: Timestamp
    ) throws -> [Claim] {
        try db.rows(
            """
            UPDATE webhook_deliveries SET status = 'sending', due_at = $4
            WHERE id IN (
                SELECT id FROM webhook_deliveries WHERE endpoint_id = $1 AND due_at <= $2 ORDER BY due_at LIMIT $3)
            RETURNING id, event_id, attempts
            """,
            [
                .integer(endpoint), .integer(now.milliseconds), SQLValue(limit), .integer(leaseEnds.milliseconds),
            ]
        ) { Claim(row: try $0.integer(0), event: try $0.integer(1), attempts: Int(try $0.integer(2))) }
        .sorted { $0.row < $1.row }
    }

    /// Ends a delivery that cannot be made, so that it is not claimed again and again.
    private func giveUp(_ claim: Claim, at now: Timestamp) throws {
        let row = try db.row(
            """
            UPDATE webhook_deliveries SET status = 'failed', due_at = NULL, completed_at = $2 WHERE id = $1
            RETURNING order_id, endpoint_id
            """, [.integer(claim.row), .integer(now.milliseconds)]
        ) { (order: try $0.integer(0), endpoint: try $0.integer(1)) }
        guard let row else { return }
        try DeliveryQueues(db: db).promote(order: row.order, endpoint: row.endpoint, at: now)
    }

    /// What the deliveries of one URL have in common; `nil` when it cannot be read.
    private func source(_ endpoint: DueEndpoint, leaseEnds: Timestamp) throws -> DeliverySource? {
        guard let tenant = TenantID(endpoint.tenant), let kind = Tenant.Kind(rawValue: endpoint.kind) else {
            return nil
        }
        return try readable {
            let scope = try self.tenant(tenant)
            let url = String(decoding: try scope.open(endpoint.url, "webhook-url", ""), as: UTF8.self)
            return DeliverySource(
                scope: scope, receiver: endpoint.receiver, url: WebhookURL(stored: url), kind: kind,
                secrets: try scope.webhookSecrets(), leaseEnds: leaseEnds)
        }
    }

    /// Makes everything that was claimed due at once: at the start of the only process that claims, claims are left
    /// from a crash.
    package func releaseDeliveries(at now: Timestamp) throws {
        let endpoints = try db.rows(
            """
            UPDATE webhook_deliveries SET status = 'ready', due_at = $1
            WHERE status = 'sending' AND due_at IS NOT NULL
                AND endpoint_id IN (SELECT id FROM webhook_endpoints WHERE due_at IS NOT NULL)
            RETURNING endpoint_id
            """, [.integer(now.milliseconds)]
        ) { try $0.integer(0) }
        for endpoint in Set(endpoints) { try DeliveryQueues(db: db).reschedule(endpoint) }
    }
}

/// `nil` where what is kept is damaged; other failures are the store's own and may pass.
private func readable<Value>(_ read: () throws -> Value?) throws -> Value? {
    do {
        return try read()
    } catch StoreError.sealBroken, StoreError.broken {
        return nil
    }
}

/// A URL with deliveries that are due, as it is kept.
private struct DueEndpoint {
    let receiver: DeliverySlots.Receiver
    let url: [UInt8]
    let tenant: String
    let kind: String
}

/// A delivery that was claimed, by its row.
private struct Claim {
    let row: Int64
    let event: Int64
    let attempts: Int
}

/// What the deliveries of one URL have in common.
private struct DeliverySource {
    let scope: TenantScope
    let receiver: DeliverySlots.Receiver
    let url: WebhookURL
    let kind: Tenant.Kind
    let secrets: WebhookSecrets
    let leaseEnds: Timestamp

    /// `nil` when its event cannot be read.
    func delivery(_ claim: Claim) throws -> DueDelivery? {
        let row = try scope.db.row(
            "SELECT uuid, type, payload FROM order_events WHERE tenant_id = $1 AND id = $2",
            [scope.tenantValue, .integer(claim.event)]
        ) { (id: try $0.text(0), type: try $0.text(1), payload: try $0.blob(2)) }
        guard let row, let eventID = EventID(row.id), let type = OrderEvent.Kind(rawValue: row.type) else { return nil }
        return try readable {
            DueDelivery(
                key: claim.row, tenant: scope.tenantID, receiver: receiver, eventID: eventID, type: type, url: url,
                payload: try scope.open(row.payload, "event", row.id), secrets: secrets, tenantKind: kind,
                attempts: claim.attempts, leaseEnds: leaseEnds)
        }
    }
}
