package import PharmacyDomain

extension SystemScope {
    private static let reconciliationLanes: SQL = """
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
        WHERE t.status = \(Tenant.Status.active) AND t.wiping_at IS NULL ORDER BY heads.due
        """

    private static let claimedReconciliations: SQL = """
        WITH due AS MATERIALIZED (
            SELECT id FROM orders WHERE tenant_id = $4 AND reconcile_at <= $2
            ORDER BY reconcile_at LIMIT $1 FOR UPDATE SKIP LOCKED)
        UPDATE orders SET reconcile_at = $3 WHERE id IN (SELECT id FROM due)
        RETURNING (SELECT uuid FROM tenants WHERE tenants.id = orders.tenant_id), uuid
        """

    /// Finds which tenants have orders whose pharmacies are to be queried, and room to query them; each tenant is one lane.
    /// - Parameters:
    ///   - slots: the queries in flight.
    ///   - limit: the most that are planned, 1 or more.
    ///   - skipped: tenants whose records cannot be decrypted.
    package func planReconciliations(
        in slots: DispatchSlots, limit: Int, at now: Timestamp, skipping skipped: Set<TenantID> = []
    ) throws -> DispatchPlan {
        try DueLanes(SystemScope.reconciliationLanes, in: db, at: now)
            .plan(in: slots, limit: limit, at: now, skipping: skipped)
    }

    /// Claims orders as they were planned, or fewer where another node was faster.
    package func claimReconciliations(
        _ plan: DispatchPlan, at now: Timestamp, leaseExpiresAt: Timestamp
    ) throws -> PlannedClaims<ClaimedReconciliation> {
        try claim(SystemScope.claimedReconciliations, plan, at: now, leaseExpiresAt: leaseExpiresAt) {
            (_, lane, tenant, order) in
            ClaimedReconciliation(tenant: tenant, order: order, lane: lane, leaseExpiresAt: leaseExpiresAt)
        }
    }
}
