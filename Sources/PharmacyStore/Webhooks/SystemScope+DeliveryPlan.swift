package import PharmacyDomain

extension SystemScope {
    /// Finds what is due and may start, the longest due destinations first.
    ///
    /// Found by seeks: one for each destination that has anything to do, one for each URL that is due. What is due to
    /// receivers without room, or of tenants that are not active, is never read.
    /// - Parameters:
    ///   - slots: what is under way.
    ///   - limit: the most that are planned, 1 or more.
    ///   - held: what is not to be tried yet.
    package func planDeliveries(
        in slots: DeliverySlots, limit: Int, at now: Timestamp, skipping held: HeldDeliveries = HeldDeliveries()
    ) throws -> DeliveryPlan {
        var plan = DeliveryPlan()
        var slots = slots
        var room = limit
        let destinations = try dueDestinations()
        for destination in destinations where destination.due <= now && room > 0 {
            let start = slots.room(for: destination.id, of: destination.tenant)
            guard start > 0 else { continue }
            // Each of its URLs without room has one under way.
            let endpoints = try dueEndpoints(
                of: destination, at: now,
                limit: start + slots.underWay(to: destination.id, of: destination.tenant) + held.count)
            for (tenant, due, endpoint) in endpoints {
                guard !held.contains(endpoint.receiver.endpoint, of: tenant) else { continue }
                let count = min(due, room, slots.room(for: endpoint.receiver))
                // Where its row says that something is due and nothing is, the claim sets it right.
                guard count > 0 || due == 0, let tenant = TenantID(tenant) else { continue }
                for _ in 0..<count { slots.begin(endpoint.receiver) }
                room -= count
                plan.claims[tenant, default: []].append(PlannedClaim(endpoint: endpoint, limit: count))
            }
        }
        if plan.claims.isEmpty { plan.next = try nextDue(among: destinations, in: slots, at: now) }
        return plan
    }

    /// When a delivery is due that has room to start.
    private func nextDue(
        among destinations: [DueDestination], in slots: DeliverySlots, at now: Timestamp
    ) throws -> Timestamp? {
        var next: Timestamp?
        for destination in destinations where slots.room(for: destination.id, of: destination.tenant) > 0 {
            if let next, next <= destination.due { break }
            // What is due belongs to URLs without room; others of the destination may be due later.
            let due = destination.due > now ? destination.due : try nextDue(of: destination.id, after: now)
            next = [next, due].compactMap(\.self).min()
        }
        return next
    }

    private func nextDue(of destination: Int64, after now: Timestamp) throws -> Timestamp? {
        try db.moment(
            "SELECT MIN(due_at) FROM webhook_endpoints WHERE destination = $1 AND due_at > $2",
            [.integer(destination), .integer(now.milliseconds)])
    }

    /// A destination, the row of its tenant, and when its next delivery is due.
    typealias DueDestination = (id: Int64, tenant: Int64, due: Timestamp)

    /// All destinations that have a delivery due at some time, the earliest first.
    func dueDestinations() throws -> [DueDestination] {
        try db.rows(
            """
            WITH RECURSIVE destinations (id) AS (
                SELECT MIN(destination) FROM webhook_endpoints WHERE due_at IS NOT NULL
                UNION ALL
                SELECT (SELECT MIN(e.destination) FROM webhook_endpoints e
                    WHERE e.due_at IS NOT NULL AND e.destination > destinations.id)
                FROM destinations WHERE destinations.id IS NOT NULL)
            SELECT id, (SELECT e.tenant_id FROM webhook_endpoints e
                    WHERE e.due_at IS NOT NULL AND e.destination = destinations.id ORDER BY e.due_at LIMIT 1),
                (SELECT MIN(e.due_at) FROM webhook_endpoints e
                    WHERE e.due_at IS NOT NULL AND e.destination = destinations.id) AS due
            FROM destinations WHERE id IS NOT NULL ORDER BY due
            """, []
        ) { (id: try $0.integer(0), tenant: try $0.integer(1), due: try $0.timestamp(2)) }
    }

    private func dueEndpoints(
        of destination: DueDestination, at now: Timestamp, limit: Int
    ) throws -> [(tenant: String, due: Int, endpoint: DueEndpoint)] {
        try db.rows(
            """
            SELECT e.id, e.url, t.uuid,
                (SELECT COUNT(*) FROM (SELECT 1 FROM webhook_deliveries d
                    WHERE d.endpoint_id = e.id AND d.due_at <= $2 LIMIT $3) AS due)
            FROM webhook_endpoints e JOIN tenants t ON t.id = e.tenant_id
            WHERE e.destination = $1 AND e.due_at <= $2 AND t.status = 'active' AND t.wiping_at IS NULL
            ORDER BY e.due_at LIMIT $3
            """, [.integer(destination.id), .integer(now.milliseconds), SQLValue(limit)]
        ) { row in
            (
                tenant: try row.text(2), due: Int(try row.integer(3)),
                endpoint: DueEndpoint(
                    receiver: DeliverySlots.Receiver(
                        tenant: destination.tenant, destination: destination.id, endpoint: try row.integer(0)),
                    url: try row.blob(1))
            )
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
