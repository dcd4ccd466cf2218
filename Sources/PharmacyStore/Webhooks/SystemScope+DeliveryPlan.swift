package import PharmacyDomain

extension SystemScope {
    /// Finds deliveries that are due and may start, the longest due destinations first.
    ///
    /// It takes one seek for each destination with deliveries, and one for each URL that is due. Deliveries to receivers without
    /// room, and those of inactive tenants, are never read.
    /// - Parameters:
    ///   - slots: the deliveries in flight.
    ///   - limit: the most that are planned, 1 or more.
    ///   - held: URLs and tenants that are not tried yet.
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
            // Each of its URLs without room has a delivery in flight.
            let endpoints = try dueEndpoints(
                of: destination, at: now,
                limit: start + slots.inFlight(to: destination.id, of: destination.tenant) + held.count)
            for (tenant, due, endpoint) in endpoints {
                guard !held.contains(endpoint.receiver.endpoint, of: tenant) else { continue }
                let count = min(due, room, slots.room(for: endpoint.receiver))
                // Where the URL's row shows a due time and none of its deliveries is due, the claim corrects the row.
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
            // The due deliveries belong to URLs without room. Other URLs of the destination may be due later.
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

    private static let releasedDeliveries: SQL = """
        UPDATE webhook_deliveries SET status = \(DeliveryState.sending.released()), due_at = $1
        WHERE status = \(DeliveryState.sending) AND due_at IS NOT NULL
            AND endpoint_id IN (SELECT id FROM webhook_endpoints WHERE due_at IS NOT NULL)
        RETURNING endpoint_id
        """

    /// Makes all claimed deliveries due. For the start of the only process that claims: all claims are left from a crash.
    package func releaseDeliveries(at now: Timestamp) throws {
        let endpoints = try db.rows(SystemScope.releasedDeliveries, [.integer(now.milliseconds)]) {
            try $0.integer(0)
        }
        for endpoint in Set(endpoints) { try DeliveryQueues(db: db).reschedule(endpoint) }
    }
}
