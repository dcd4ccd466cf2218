package import PharmacyDomain

/// Work whose time was set by a clock that was fast and has been set back since: without this it would wait for as long as
/// the clock was fast.
extension SystemScope {
    // MARK: Webhooks

    /// URLs with deliveries that are due after a moment. Found by one seek for each URL that has any waiting.
    package func endpointsDue(after latest: Timestamp) throws -> [(tenant: TenantID, endpoint: Int64)] {
        try db.rows(
            """
            WITH RECURSIVE waiting (id) AS (
                SELECT MIN(endpoint_id) FROM webhook_deliveries WHERE due_at IS NOT NULL
                UNION ALL
                SELECT (SELECT MIN(d.endpoint_id) FROM webhook_deliveries d
                    WHERE d.due_at IS NOT NULL AND d.endpoint_id > waiting.id)
                FROM waiting WHERE waiting.id IS NOT NULL)
            SELECT t.uuid, e.id FROM waiting JOIN webhook_endpoints e ON e.id = waiting.id
                JOIN tenants t ON t.id = e.tenant_id
            WHERE (SELECT MAX(d.due_at) FROM webhook_deliveries d
                WHERE d.due_at IS NOT NULL AND d.endpoint_id = waiting.id) > $1
            """, [.integer(latest.milliseconds)]
        ) { row in try TenantID(row.text(0)).map { (tenant: $0, endpoint: try row.integer(1)) } }.compactMap(\.self)
    }

    /// Makes deliveries to a URL due that are due after a moment, `StoreLimits.pruneBatch` at the most. Whoever calls it holds
    /// the tenant's lock (`WriteScope.tenant`).
    /// - Parameter claimed: also those that are being sent. Their claims are void then; where one is still held, its delivery
    ///   is made twice.
    /// - Returns: how many.
    package func bringForward(
        endpoint: Int64, dueAfter latest: Timestamp, claimed: Bool, to now: Timestamp
    ) throws -> Int {
        let select: SQL = """
            WITH due AS MATERIALIZED (
                SELECT id FROM webhook_deliveries WHERE endpoint_id = $1 AND due_at > $2
            """
        let ready: SQL = "AND status = 'ready'"
        let update: SQL = """
            LIMIT 1000 FOR UPDATE SKIP LOCKED)
            UPDATE webhook_deliveries SET status = 'ready', due_at = $3 WHERE id IN (SELECT id FROM due)
            """
        let count = try db.run(
            claimed ? select + update : select + ready + update,
            [.integer(endpoint), .integer(latest.milliseconds), .integer(now.milliseconds)])
        if count > 0 {
            try DeliveryQueues(db: db).reschedule(endpoint)
            db.notify(.deliveries)
        }
        return count
    }

    // MARK: Orders

    /// Lanes with orders that are to be dispatched after a moment.
    package func lanesDue(after latest: Timestamp) throws -> [Int64] {
        try db.rows(
            """
            WITH RECURSIVE lanes (id) AS (
                SELECT MIN(dispatch_lane) FROM orders WHERE dispatch_at IS NOT NULL
                UNION ALL
                SELECT (SELECT MIN(o.dispatch_lane) FROM orders o
                    WHERE o.dispatch_at IS NOT NULL AND o.dispatch_lane > lanes.id)
                FROM lanes WHERE lanes.id IS NOT NULL)
            SELECT id FROM lanes WHERE (SELECT MAX(o.dispatch_at) FROM orders o
                WHERE o.dispatch_at IS NOT NULL AND o.dispatch_lane = lanes.id) > $1
            """, [.integer(latest.milliseconds)]
        ) { try $0.integer(0) }
    }

    /// Makes orders of a lane due that nobody has tried to dispatch yet, and others when a claim of now would expire: one of
    /// these may be under way. `StoreLimits.pruneBatch` at the most.
    /// - Parameter quarantined: the latest moment where quarantine may have put an order off.
    /// - Returns: how many.
    package func bringForward(
        lane: Int64, dueAfter latest: Timestamp, quarantined: Timestamp, to now: Timestamp, claimed: Timestamp
    ) throws -> Int {
        let count = try db.run(
            """
            WITH due AS MATERIALIZED (
                SELECT o.id FROM orders o WHERE o.dispatch_lane = $1 AND o.dispatch_at > $2
                    AND (o.dispatch_at > $3 OR NOT EXISTS (
                        SELECT 1 FROM quarantined_items q WHERE q.tenant_id = o.tenant_id))
                LIMIT 1000 FOR UPDATE SKIP LOCKED)
            UPDATE orders SET dispatch_at =
                CASE WHEN dispatch_attempts = 0 THEN CAST($4 AS BIGINT) ELSE CAST($5 AS BIGINT) END
            WHERE id IN (SELECT id FROM due)
            """,
            [
                .integer(lane), .integer(latest.milliseconds), .integer(quarantined.milliseconds),
                .integer(now.milliseconds), .integer(claimed.milliseconds),
            ])
        if count > 0 { db.notify(.dispatch) }
        return count
    }

    /// Tenants with orders that their pharmacies are to be asked about after a moment.
    package func tenantsReconciled(after latest: Timestamp) throws -> [Int64] {
        try db.rows(
            """
            SELECT t.id FROM tenants t WHERE (SELECT MAX(o.reconcile_at) FROM orders o
                WHERE o.reconcile_at IS NOT NULL AND o.tenant_id = t.id) > $1
            """, [.integer(latest.milliseconds)]
        ) { try $0.integer(0) }
    }

    /// Has a tenant's pharmacies asked sooner, `StoreLimits.pruneBatch` orders at the most: when a claim of now would expire,
    /// as they may be being asked.
    /// - Parameters:
    ///   - refundWatch: the latest moment for orders that can only be refunded.
    ///   - quarantined: the latest moment where quarantine may have put an order off.
    /// - Returns: how many.
    package func bringReconciliationsForward(
        of tenant: Int64, dueAfter latest: Timestamp, refundWatch: Timestamp, quarantined: Timestamp,
        to claimed: Timestamp
    ) throws -> Int {
        let count = try db.run(
            """
            WITH due AS MATERIALIZED (
                SELECT o.id FROM orders o WHERE o.tenant_id = $1 AND o.reconcile_at > $2
                    AND (o.reconcile_at > $3 OR o.status IN ('pending', 'confirmed', 'processing', 'shipped'))
                    AND (o.reconcile_at > $4 OR NOT EXISTS (
                        SELECT 1 FROM quarantined_items q WHERE q.tenant_id = $1))
                LIMIT 1000 FOR UPDATE SKIP LOCKED)
            UPDATE orders SET reconcile_at = $5 WHERE id IN (SELECT id FROM due)
            """,
            [
                .integer(tenant), .integer(latest.milliseconds), .integer(refundWatch.milliseconds),
                .integer(quarantined.milliseconds), .integer(claimed.milliseconds),
            ])
        if count > 0 { db.notify(.reconciliation) }
        return count
    }

    // MARK: Sandboxes

    /// Makes simulated prescriptions due that are due after a moment, `StoreLimits.pruneBatch` at the most. They are not
    /// claimed, so that none is under way.
    /// - Parameter quarantined: the latest moment where quarantine may have put one off.
    /// - Returns: how many.
    package func bringSimulationsForward(
        dueAfter latest: Timestamp, quarantined: Timestamp, to now: Timestamp
    ) throws -> Int {
        let count = try db.run(
            """
            WITH due AS MATERIALIZED (
                SELECT s.order_id AS id FROM simulated_prescriptions s WHERE s.due_at > $1
                    AND (s.due_at > $2 OR NOT EXISTS (
                        SELECT 1 FROM quarantined_items q WHERE q.tenant_id = s.tenant_id))
                LIMIT 1000 FOR UPDATE SKIP LOCKED)
            UPDATE simulated_prescriptions SET due_at = $3 WHERE order_id IN (SELECT id FROM due)
            """,
            [.integer(latest.milliseconds), .integer(quarantined.milliseconds), .integer(now.milliseconds)])
        if count > 0 { db.notify(.simulation) }
        return count
    }

    /// Has sandboxes wiped no later than a moment.
    package func bringWipesForward(to latest: Timestamp) throws {
        let count = try db.run(
            "UPDATE tenants SET resets_at = $1 WHERE resets_at > $1", [.integer(latest.milliseconds)])
        if count > 0 { db.notify(.tenants) }
    }

    // MARK: Quarantine and scheduled jobs

    /// Has quarantined items tried now whose next try is after a moment.
    package func bringQuarantineForward(dueAfter latest: Timestamp, to now: Timestamp) throws {
        try db.send(
            "UPDATE quarantined_items SET next_try_at = $2 WHERE next_try_at > $1",
            [.integer(latest.milliseconds), .integer(now.milliseconds)])
    }

    /// Gives up claims on scheduled jobs that last until after a moment, and takes runs of times to come for past ones.
    package func bringJobsForward(claimedAfter latest: Timestamp, to now: Timestamp) throws {
        try db.send(
            "UPDATE scheduled_jobs SET claimed_until = 0 WHERE claimed_until > $1", [.integer(latest.milliseconds)])
        try db.send("UPDATE scheduled_jobs SET slot = $1 WHERE slot > $1", [.integer(now.milliseconds)])
    }
}
