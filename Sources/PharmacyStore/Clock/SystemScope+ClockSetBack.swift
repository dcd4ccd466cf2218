package import PharmacyDomain

/// Reschedules work whose due time was set by a clock that was fast and has been set back since. Otherwise it would wait for as long
/// as the clock was fast.
extension SystemScope {
    // MARK: Webhooks

    /// URLs with deliveries that are due after a given time. Takes one index lookup for each URL that has waiting deliveries.
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

    /// Makes deliveries to a URL due now that are due after a given time, `StoreLimits.pruneBatch` at the most. The caller holds the
    /// tenant's lock (`WriteScope.tenant`).
    /// - Parameters:
    ///   - extended: in place of `latest` for a URL whose registered endpoint has the extended schedule.
    ///   - claimed: whether to include deliveries that are being sent. Their claims end; a delivery whose claim is still held is
    ///     made twice.
    /// - Returns: the number of rescheduled deliveries.
    package func rescheduleDeliveries(
        endpoint: Int64, dueAfter latest: Timestamp, extended: Timestamp, claimed: Bool, to now: Timestamp
    ) throws -> Int {
        let select: SQL = """
            WITH due AS MATERIALIZED (
                SELECT id FROM webhook_deliveries WHERE endpoint_id = $1 AND due_at > $2
                    AND (due_at > $4 OR NOT EXISTS (
                        SELECT 1 FROM registered_endpoints
                        WHERE endpoint_id = $1 AND retry_schedule = \(RetrySchedule.extended)))
            """
        let ready: SQL = "AND status = \(DeliveryState.ready)"
        let update: SQL = """
            LIMIT 1000 FOR UPDATE SKIP LOCKED)
            UPDATE webhook_deliveries SET status = \(DeliveryState.sending.released()), due_at = $3
            WHERE id IN (SELECT id FROM due)
            """
        let count = try db.run(
            claimed ? select + update : select + ready + update,
            [
                .integer(endpoint), .integer(latest.milliseconds), .integer(now.milliseconds),
                .integer(extended.milliseconds),
            ])
        if count > 0 {
            try DeliveryQueues(db: db).reschedule(endpoint)
            db.notify(.deliveries)
        }
        return count
    }

    // MARK: Orders

    /// Lanes with orders whose dispatch is due after a given time.
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

    /// Makes orders of a lane due, and those with an attempt in flight when a claim of now would expire.
    /// `StoreLimits.pruneBatch` at the most.
    /// - Parameter quarantined: the latest due time that quarantine may have set.
    /// - Returns: the number of rescheduled orders.
    package func rescheduleDispatches(
        lane: Int64, dueAfter latest: Timestamp, quarantined: Timestamp, to now: Timestamp, claimed: Timestamp
    ) throws -> Int {
        let count = try db.run(
            """
            WITH due AS MATERIALIZED (
                SELECT o.id FROM orders o WHERE o.dispatch_lane = $1 AND o.dispatch_at > $2
                    AND (o.dispatch_at > $3 OR NOT EXISTS (
                        SELECT 1 FROM quarantined_items q WHERE q.tenant_id = o.tenant_id))
                LIMIT 1000 FOR UPDATE SKIP LOCKED)
            UPDATE orders SET dispatch_at = CASE WHEN dispatch_state IN \(DispatchState.inFlight)
                THEN CAST($5 AS BIGINT) ELSE CAST($4 AS BIGINT) END
            WHERE id IN (SELECT id FROM due)
            """,
            [
                .integer(lane), .integer(latest.milliseconds), .integer(quarantined.milliseconds),
                .integer(now.milliseconds), .integer(claimed.milliseconds),
            ])
        if count > 0 { db.notify(.dispatch) }
        return count
    }

    /// Tenants with orders whose next query to the pharmacy is due after a given time.
    package func tenantsReconciled(after latest: Timestamp) throws -> [Int64] {
        try db.rows(
            """
            SELECT t.id FROM tenants t WHERE (SELECT MAX(o.reconcile_at) FROM orders o
                WHERE o.reconcile_at IS NOT NULL AND o.tenant_id = t.id) > $1
            """, [.integer(latest.milliseconds)]
        ) { try $0.integer(0) }
    }

    /// Makes queries to a tenant's pharmacies due sooner, for `StoreLimits.pruneBatch` orders at the most: when a claim that is made
    /// now would expire, because a query may be in progress.
    /// - Parameters:
    ///   - refundWatch: the latest due time of orders that can only be refunded.
    ///   - quarantined: the latest due time that quarantine may have set.
    /// - Returns: the number of rescheduled orders.
    package func rescheduleReconciliations(
        of tenant: Int64, dueAfter latest: Timestamp, refundWatch: Timestamp, quarantined: Timestamp,
        to claimed: Timestamp
    ) throws -> Int {
        let count = try db.run(
            """
            WITH due AS MATERIALIZED (
                SELECT o.id FROM orders o WHERE o.tenant_id = $1 AND o.reconcile_at > $2
                    AND (o.reconcile_at > $3 OR o.status IN \(OrderStatus.allCases.filter { !$0.isFinal }))
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

    /// Makes simulated prescriptions due now that are due after a given time, `StoreLimits.pruneBatch` at the most. They are never
    /// claimed, so that none is in progress.
    /// - Parameter quarantined: the latest due time that quarantine may have set.
    /// - Returns: the number of rescheduled prescriptions.
    package func rescheduleSimulations(
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

    /// Makes the wipes of sandboxes due at a given time at the latest.
    package func rescheduleWipes(to latest: Timestamp) throws {
        let count = try db.run(
            "UPDATE tenants SET resets_at = $1 WHERE resets_at > $1", [.integer(latest.milliseconds)])
        if count > 0 { db.notify(.tenants) }
    }

    // MARK: Quarantine and scheduled jobs

    /// Makes quarantined items due now whose next try is after a given time.
    package func rescheduleQuarantine(dueAfter latest: Timestamp, to now: Timestamp) throws {
        try db.send(
            "UPDATE quarantined_items SET next_try_at = $2 WHERE next_try_at > $1",
            [.integer(latest.milliseconds), .integer(now.milliseconds)])
    }

    /// Ends claims on scheduled jobs that expire after a given time, and records runs in the future as runs of now.
    package func rescheduleJobs(claimedAfter latest: Timestamp, to now: Timestamp) throws {
        try db.send(
            "UPDATE scheduled_jobs SET claimed_until = 0 WHERE claimed_until > $1", [.integer(latest.milliseconds)])
        try db.send("UPDATE scheduled_jobs SET slot = $1 WHERE slot > $1", [.integer(now.milliseconds)])
    }
}
