package import PharmacyDomain

extension SystemScope {
    private static let dispatchLanes: SQL = """
        WITH RECURSIVE lanes (id) AS (
            SELECT MIN(dispatch_lane) FROM orders WHERE dispatch_at IS NOT NULL
            UNION ALL
            SELECT (SELECT MIN(o.dispatch_lane) FROM orders o
                WHERE o.dispatch_at IS NOT NULL AND o.dispatch_lane > lanes.id)
            FROM lanes WHERE lanes.id IS NOT NULL),
        heads (id, due, later, tenant_id) AS (
            SELECT id,
                (SELECT MIN(o.dispatch_at) FROM orders o
                    WHERE o.dispatch_at IS NOT NULL AND o.dispatch_lane = lanes.id),
                (SELECT MIN(o.dispatch_at) FROM orders o
                    WHERE o.dispatch_at > $1 AND o.dispatch_lane = lanes.id),
                (SELECT o.tenant_id FROM orders o
                    WHERE o.dispatch_at IS NOT NULL AND o.dispatch_lane = lanes.id ORDER BY o.dispatch_at LIMIT 1)
            FROM lanes WHERE id IS NOT NULL)
        SELECT heads.id, t.id, t.uuid, heads.due, heads.later FROM heads JOIN tenants t ON t.id = heads.tenant_id
        WHERE (t.status = \(Tenant.Status.active) AND t.wiping_at IS NULL) OR heads.id = 0 ORDER BY heads.due
        """

    private static let claimedDispatches: SQL = """
        WITH due AS MATERIALIZED (
            SELECT id FROM orders WHERE dispatch_lane = $4 AND dispatch_at <= $2
            ORDER BY dispatch_at LIMIT $1 FOR UPDATE SKIP LOCKED)
        UPDATE orders SET dispatch_at = $3, dispatch_attempts = dispatch_attempts + 1,
            dispatch_state = \(SQL.transition(of: "dispatch_state", unknown: DispatchState.resending) { $0.claimed().state })
        WHERE id IN (SELECT id FROM due)
        RETURNING (SELECT uuid FROM tenants WHERE tenants.id = orders.tenant_id), uuid, dispatch_attempts,
            dispatch_state
        """

    /// Finds which lanes have orders to dispatch that are due, and room to start them, the longest due first. Orders in lanes
    /// without room, and those of tenants that are inactive or skipped, are never read.
    /// - Parameters:
    ///   - slots: the orders in flight.
    ///   - limit: the most that are planned, 1 or more.
    ///   - skipped: tenants whose records cannot be decrypted.
    package func planDispatches(
        in slots: DispatchSlots, limit: Int, at now: Timestamp, skipping skipped: Set<TenantID> = []
    ) throws -> DispatchPlan {
        try DueLanes(SystemScope.dispatchLanes, in: db, at: now)
            .plan(in: slots, limit: limit, at: now, skipping: skipped)
    }

    /// Claims orders as they were planned, or fewer where another node was faster.
    package func claimDispatches(
        _ plan: DispatchPlan, at now: Timestamp, leaseExpiresAt: Timestamp
    ) throws -> PlannedClaims<ClaimedDispatch> {
        try claim(SystemScope.claimedDispatches, plan, at: now, leaseExpiresAt: leaseExpiresAt) {
            (row, lane, tenant, order) in
            ClaimedDispatch(
                tenant: tenant, order: order, attempts: Int(try row.integer(2)),
                state: DispatchState(stored: try row.text(3)), lane: lane, leaseExpiresAt: leaseExpiresAt)
        }
    }

    /// Plans and claims in one step, as if nothing were in flight.
    package func claimDispatches(limit: Int, at now: Timestamp, leaseExpiresAt: Timestamp) throws -> [ClaimedDispatch] {
        let slots = DispatchSlots(total: StoreLimits.waitingWrites)
        var plan = try planDispatches(in: slots, limit: limit, at: now)
        if plan.hasUnassigned {
            try assignDispatchLanes(limit: StoreLimits.waitingWrites)
            plan = try planDispatches(in: slots, limit: limit, at: now)
        }
        return try claimDispatches(plan, at: now, leaseExpiresAt: leaseExpiresAt).claims
    }

    /// Claims orders of a queue, lane by lane.
    /// - Parameters:
    ///   - sql: binds the limit, the present time, the end of the lease and the lane's number; returns the tenant's uuid, the
    ///     order's, and what `read` needs.
    ///   - read: makes the claim from the row.
    func claim<Claimed: ClaimedOrder>(
        _ sql: SQL, _ plan: DispatchPlan, at now: Timestamp, leaseExpiresAt: Timestamp,
        read: (any SQLRow, DispatchSlots.Lane, TenantID, OrderID) throws -> Claimed
    ) throws -> PlannedClaims<Claimed> {
        try plan.claim { lane, limit in
            try db.rows(
                sql,
                [
                    SQLValue(limit), .integer(now.milliseconds), .integer(leaseExpiresAt.milliseconds),
                    .integer(lane.number),
                ]
            ) { row -> Claimed? in
                guard let tenant = TenantID(try row.text(0)), let order = OrderID(try row.text(1)) else { return nil }
                return try read(row, lane, tenant, order)
            }.compactMap(\.self)
        }
    }

    /// Assigns a lane of their tenant to orders that an older program placed.
    /// - Parameter limit: the most that get one, 1 or more.
    package func assignDispatchLanes(limit: Int) throws {
        try db.send(
            """
            WITH unassigned AS MATERIALIZED (
                SELECT id FROM orders WHERE dispatch_lane = 0 AND dispatch_at IS NOT NULL
                ORDER BY dispatch_at LIMIT $1 FOR UPDATE SKIP LOCKED)
            UPDATE orders SET dispatch_lane = tenant_id WHERE id IN (SELECT id FROM unassigned)
            """, [SQLValue(limit)])
    }

    private static let releasedDispatches: SQL = """
        UPDATE orders SET dispatch_at = $1,
            dispatch_state = \(SQL.transition(of: "dispatch_state", unknown: DispatchState.uncertain) { $0.interrupted() })
        WHERE dispatch_lane >= 0 AND dispatch_at > $1
        """

    /// Makes every order in the queue due, and records that the attempts of claimed ones were interrupted. For the start of the
    /// only process that claims: all claims are left from a crash.
    package func releaseDispatches(at now: Timestamp) throws {
        // All lanes are named so that their index is used.
        try db.send(SystemScope.releasedDispatches, [.integer(now.milliseconds)])
    }
}
