package import PharmacyDomain

/// The orders of one lane, when the first of them is due, and the first that is not due yet.
private struct DueLane {
    let lane: DispatchSlots.Lane
    let tenant: TenantID?
    let due: Timestamp
    let later: Timestamp?
}

extension SystemScope {
    // MARK: Dispatching

    /// Finds which lanes have orders due and room to start them, the longest due first.
    ///
    /// Found by one seek for each lane that has anything to dispatch. What is due in lanes without room, and in those of
    /// tenants that are not active or are to be passed over, is never read.
    /// - Parameters:
    ///   - slots: what is in flight.
    ///   - limit: the most that are planned, 1 or more.
    ///   - skipped: tenants whose records do not open.
    package func planDispatches(
        in slots: DispatchSlots, limit: Int, at now: Timestamp, skipping skipped: Set<TenantID> = []
    ) throws -> DispatchPlan {
        let lanes = try dueLanes(
            """
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
            WHERE (t.status = 'active' AND t.wiping_at IS NULL) OR heads.id = 0 ORDER BY heads.due
            """, at: now)
        return SystemScope.plan(lanes, in: slots, limit: limit, at: now, skipping: skipped)
    }

    /// Claims orders as they were planned, or fewer where another was faster: until `leaseExpiresAt` nobody else is given them.
    package func claimDispatches(
        _ plan: DispatchPlan, at now: Timestamp, leaseExpiresAt: Timestamp
    ) throws -> PlannedClaims<ClaimedDispatch> {
        try plan.claim { lane, limit in
            try db.rows(
                """
                WITH due AS MATERIALIZED (
                    SELECT id FROM orders WHERE dispatch_lane = $4 AND dispatch_at <= $2
                    ORDER BY dispatch_at LIMIT $1 FOR UPDATE SKIP LOCKED)
                UPDATE orders SET dispatch_at = $3, dispatch_attempts = dispatch_attempts + 1
                WHERE id IN (SELECT id FROM due)
                RETURNING (SELECT uuid FROM tenants WHERE tenants.id = orders.tenant_id), uuid, dispatch_attempts,
                    dispatch_uncertain
                """,
                [
                    SQLValue(limit), .integer(now.milliseconds), .integer(leaseExpiresAt.milliseconds),
                    .integer(lane.number),
                ]
            ) { row -> ClaimedDispatch? in
                guard let tenant = TenantID(try row.text(0)), let order = OrderID(try row.text(1)) else { return nil }
                return ClaimedDispatch(
                    tenant: tenant, order: order, attempts: Int(try row.integer(2)),
                    isUncertain: try row.integer(3) == 1, lane: lane, leaseExpiresAt: leaseExpiresAt)
            }.compactMap(\.self)
        }
    }

    /// Plans and claims at once, as if nothing were in flight.
    package func claimDispatches(limit: Int, at now: Timestamp, leaseExpiresAt: Timestamp) throws -> [ClaimedDispatch] {
        let slots = DispatchSlots(total: StoreLimits.waitingWrites)
        var plan = try planDispatches(in: slots, limit: limit, at: now)
        if plan.hasUnassigned {
            try assignDispatchLanes(limit: StoreLimits.waitingWrites)
            plan = try planDispatches(in: slots, limit: limit, at: now)
        }
        return try claimDispatches(plan, at: now, leaseExpiresAt: leaseExpiresAt).claims
    }

    /// Gives orders that an older program placed a lane for each tenant.
    /// - Parameter limit: the most that are given one, 1 or more.
    package func assignDispatchLanes(limit: Int) throws {
        try db.send(
            """
            WITH unassigned AS MATERIALIZED (
                SELECT id FROM orders WHERE dispatch_lane = 0 AND dispatch_at IS NOT NULL
                ORDER BY dispatch_at LIMIT $1 FOR UPDATE SKIP LOCKED)
            UPDATE orders SET dispatch_lane = tenant_id WHERE id IN (SELECT id FROM unassigned)
            """, [SQLValue(limit)])
    }

    /// Makes every order that was claimed due at once: at the start of the only process that claims, claims are left
    /// from a crash.
    package func releaseDispatches(at now: Timestamp) throws {
        // All lanes, so that the index of those is used.
        try db.send(
            "UPDATE orders SET dispatch_at = $1 WHERE dispatch_lane >= 0 AND dispatch_at > $1",
            [.integer(now.milliseconds)])
    }

    // MARK: Reconciling

    /// Finds which tenants have orders that their pharmacies are to be asked about, and room to ask; each is one lane.
    package func planReconciliations(
        in slots: DispatchSlots, limit: Int, at now: Timestamp, skipping skipped: Set<TenantID> = []
    ) throws -> DispatchPlan {
        let lanes = try dueLanes(
            """
            WITH RECURSIVE lanes (id) AS (
                SELECT MIN(tenant_id) FROM orders WHERE reconcile_at IS NOT NULL
                UNION ALL
                SELECT (SELECT MIN(o.tenant_id) FROM orders o
                    WHERE o.reconcile_at IS NOT NULL AND o.tenant_id > lanes.id)
                FROM lanes WHERE lanes.id IS NOT NULL),
            heads (id, due, later) AS (
                SELECT id,
                    (SELECT MIN(o.reconcile_at) FROM orders o
                        WHERE o.reconcile_at IS NOT NULL AND o.tenant_id = lanes.id),
                    (SELECT MIN(o.reconcile_at) FROM orders o WHERE o.reconcile_at > $1 AND o.tenant_id = lanes.id)
                FROM lanes WHERE id IS NOT NULL)
            SELECT heads.id, t.id, t.uuid, heads.due, heads.later FROM heads JOIN tenants t ON t.id = heads.id
            WHERE t.status = 'active' AND t.wiping_at IS NULL ORDER BY heads.due
            """, at: now)
        return SystemScope.plan(lanes, in: slots, limit: limit, at: now, skipping: skipped)
    }

    /// Claims orders as they were planned, or fewer where another was faster: until `leaseExpiresAt` nobody else is given them.
    package func claimReconciliations(
        _ plan: DispatchPlan, at now: Timestamp, leaseExpiresAt: Timestamp
    ) throws -> PlannedClaims<ClaimedReconciliation> {
        try plan.claim { lane, limit in
            try db.rows(
                """
                WITH due AS MATERIALIZED (
                    SELECT id FROM orders WHERE tenant_id = $4 AND reconcile_at <= $2
                    ORDER BY reconcile_at LIMIT $1 FOR UPDATE SKIP LOCKED)
                UPDATE orders SET reconcile_at = $3 WHERE id IN (SELECT id FROM due)
                RETURNING (SELECT uuid FROM tenants WHERE tenants.id = orders.tenant_id), uuid
                """,
                [
                    SQLValue(limit), .integer(now.milliseconds), .integer(leaseExpiresAt.milliseconds),
                    .integer(lane.number),
                ]
            ) { row -> ClaimedReconciliation? in
                guard let tenant = TenantID(try row.text(0)), let order = OrderID(try row.text(1)) else { return nil }
                return ClaimedReconciliation(tenant: tenant, order: order, lane: lane, leaseExpiresAt: leaseExpiresAt)
            }.compactMap(\.self)
        }
    }

    // MARK: Lanes

    private func dueLanes(_ sql: SQL, at now: Timestamp) throws -> [DueLane] {
        try db.rows(sql, [.integer(now.milliseconds)]) { row in
            DueLane(
                lane: DispatchSlots.Lane(tenant: try row.integer(1), number: try row.integer(0)),
                tenant: TenantID(try row.text(2)), due: try row.timestamp(3), later: try row.optionalTimestamp(4))
        }
    }

    private static func plan(
        _ lanes: [DueLane], in slots: DispatchSlots, limit: Int, at now: Timestamp, skipping skipped: Set<TenantID>
    ) -> DispatchPlan {
        var plan = DispatchPlan(slots: slots, limit: limit)
        for lane in lanes {
            // It holds orders of any tenant: they are given lanes first.
            if lane.lane.number == 0 {
                plan.hasUnassigned = true
                continue
            }
            guard let tenant = lane.tenant, !skipped.contains(tenant) else { continue }
            if let later = lane.later { plan.next = min(plan.next ?? later, later) }
            guard slots.room(for: lane.lane) > 0 else {
                plan.isShort = plan.isShort || lane.due <= now
                continue
            }
            if lane.due <= now, plan.lanes.count < limit { plan.lanes.append(lane.lane) }
        }
        return plan
    }
}
