package import PharmacyDomain

/// Erasing a tenant. First its keys are removed: from then on its records cannot be read, even if the process stops, and only the
/// erasure still finds the tenant. Then its rows are removed in batches that need no key and block no other tenant. The caller
/// holds the tenant's lock (`WriteScope.tenant`).
extension SystemScope {
    /// The tenants that are being erased, in the order in which their erasure began.
    package func erasures() throws -> [TenantErasure] {
        try db.rows(
            """
            SELECT uuid, name, kind, created_at, erasing_at FROM tenants WHERE erasing_at IS NOT NULL ORDER BY erasing_at
            """, []
        ) { row -> TenantErasure? in
            guard let tenant = TenantID(try row.text(0)), let kind = Tenant.Kind(rawValue: try row.text(2)) else {
                return nil
            }
            return TenantErasure(
                tenant: tenant, name: try row.text(1), kind: kind, createdAt: try row.timestamp(3),
                startedAt: try row.timestamp(4))
        }.compactMap(\.self)
    }

    /// Removes a tenant's keys and secrets, and hides the tenant. A repetition changes nothing.
    /// - Returns: whether the tenant existed.
    package func beginErasure(of tenant: TenantID, at now: Timestamp) throws -> Bool {
        let begun = try db.run(
            """
            UPDATE tenants SET status = 'suspended', erasing_at = $2, webhook_secret = $3, next_webhook_secret = NULL,
                next_webhook_secret_at = NULL, previous_data_key = NULL
            WHERE uuid = $1 AND erasing_at IS NULL
            """, [.text(tenant.description), .integer(now.milliseconds), .blob([])])
        guard begun > 0 else { return false }
        for key in try memory.keyring.ids(.tenantData, name: tenant.description, in: db) {
            try memory.keyring.remove(key, in: db)
        }
        db.afterTransaction { [memory] in memory.patientIndexes.forget(tenant) }
        noteErasure()
        db.notify(.tenants)
        db.notify(.erasures)
        return true
    }

    /// Removes some rows of a tenant that is being erased, and finally the tenant's own row.
    /// - Parameter limit: the most rows that are removed, 1 or more, not counting dependent rows: an order's prescription, a
    ///   delivery's attempts, a family's tokens.
    /// - Returns: whether there may be more rows.
    package func eraseSome(of tenant: TenantID, limit: Int) throws -> Bool {
        let row = try db.row(
            "SELECT id FROM tenants WHERE uuid = $1 AND erasing_at IS NOT NULL", [.text(tenant.description)]
        ) { try $0.integer(0) }
        guard let row else { return false }
        for statement in SystemScope.erasure where try db.run(statement, [.integer(row), SQLValue(limit)]) > 0 {
            return true
        }
        try db.send("DELETE FROM tenants WHERE id = $1", [.integer(row)])
        db.notify(.tenants)
        return false
    }

    // MARK: Wiping

    /// Whether a tenant has more than `count` orders or patients.
    package func hasMoreRecords(of tenant: TenantID, than count: Int) throws -> Bool {
        let most = try db.row(
            """
            SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM orders o WHERE o.tenant_id = t.id LIMIT $2) AS orders),
                (SELECT COUNT(*) FROM (SELECT 1 FROM patients p WHERE p.tenant_id = t.id LIMIT $2) AS patients)
            FROM tenants t WHERE t.uuid = $1
            """, [.text(tenant.description), SQLValue(count + 1)]
        ) { max(try $0.integer(0), try $0.integer(1)) }
        return Int(most ?? 0) > count
    }

    /// The sandboxes whose wipe is in progress.
    package func unfinishedWipes() throws -> Set<TenantID> {
        Set(
            try db.rows("SELECT uuid FROM tenants WHERE wiping_at IS NOT NULL", []) { TenantID(try $0.text(0)) }
                .compactMap(\.self))
    }

    /// Hides a sandbox from everything but its wipe, so that no request finds only a part of its records.
    /// - Parameter ifDue: whether to do so only if the wipe is due: another node may have wiped the sandbox meanwhile.
    package func beginWipe(of tenant: TenantID, ifDue: Bool, at now: Timestamp) throws {
        let begin: SQL =
            "UPDATE tenants SET wiping_at = $2 WHERE uuid = $1 AND wiping_at IS NULL AND erasing_at IS NULL"
        let begun = try db.run(
            ifDue ? begin + "AND resets_at <= $2" : begin, [.text(tenant.description), .integer(now.milliseconds)])
        guard begun > 0 else { return }
        // The rows with the newest numbers are removed next: cursors from before the wipe must stay before later records.
        try tenantToWipe(tenant).raiseFloors(at: now)
        db.notify(.tenants)
        db.note(.records, of: tenant)
    }

    /// Removes some rows of a sandbox that is being wiped.
    /// - Returns: whether there may be more rows.
    package func wipeSome(of tenant: TenantID, limit: Int) throws -> Bool {
        let row = try db.row(
            "SELECT id FROM tenants WHERE uuid = $1 AND wiping_at IS NOT NULL", [.text(tenant.description)]
        ) { try $0.integer(0) }
        guard let row else { return false }
        for statement in SystemScope.erasure where try db.run(statement, [.integer(row), SQLValue(limit)]) > 0 {
            return true
        }
        return false
    }

    /// The scope of a tenant, even if it is a sandbox that is being wiped.
    package func tenantToWipe(_ id: TenantID) throws -> TenantScope {
        try memory.scope(of: id, in: db, origin: origin, wiping: true)
    }

    /// Deletes referring rows before the rows that they refer to, each kind by an index on its tenant. Other rows are deleted with the
    /// tenant's row.
    private static let erasure: [SQL] = [
        // These are unusable from here on.
        """
        WITH gone (id) AS MATERIALIZED (
            SELECT f.id FROM credentials c JOIN token_families f ON f.credential_id = c.id
            WHERE c.tenant_id = $1 LIMIT $2)
        DELETE FROM token_families WHERE id IN (SELECT id FROM gone)
        """,
        """
        WITH gone (id) AS MATERIALIZED (SELECT id FROM credentials WHERE tenant_id = $1 LIMIT $2)
        DELETE FROM credentials WHERE id IN (SELECT id FROM gone)
        """,
        """
        WITH gone (id) AS MATERIALIZED (SELECT token_hash FROM setup_tokens WHERE tenant_id = $1 LIMIT $2)
        DELETE FROM setup_tokens WHERE token_hash IN (SELECT id FROM gone)
        """,
        // A delivery with its attempts, an event, an order with its prescription: a cascade deletes nothing else.
        """
        WITH gone (id) AS MATERIALIZED (SELECT id FROM webhook_deliveries WHERE tenant_id = $1 ORDER BY id LIMIT $2)
        DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM gone)
        """,
        """
        WITH gone (id) AS MATERIALIZED (
            SELECT id FROM order_events WHERE tenant_id = $1 ORDER BY tenant_sequence LIMIT $2)
        DELETE FROM order_events WHERE id IN (SELECT id FROM gone)
        """,
        """
        WITH gone (id) AS MATERIALIZED (SELECT id FROM orders WHERE tenant_id = $1 ORDER BY id LIMIT $2)
        DELETE FROM orders WHERE id IN (SELECT id FROM gone)
        """,
        """
        WITH gone (id) AS MATERIALIZED (SELECT id FROM patients WHERE tenant_id = $1 ORDER BY uuid LIMIT $2)
        DELETE FROM patients WHERE id IN (SELECT id FROM gone)
        """,
        """
        WITH gone (id) AS MATERIALIZED (SELECT id FROM registered_endpoints WHERE tenant_id = $1 LIMIT $2)
        DELETE FROM registered_endpoints WHERE id IN (SELECT id FROM gone)
        """,
        """
        WITH gone (id) AS MATERIALIZED (SELECT id FROM webhook_endpoints WHERE tenant_id = $1 LIMIT $2)
        DELETE FROM webhook_endpoints WHERE id IN (SELECT id FROM gone)
        """,
        """
        WITH gone (id) AS MATERIALIZED (SELECT id FROM idempotency_records WHERE tenant_id = $1 LIMIT $2)
        DELETE FROM idempotency_records WHERE id IN (SELECT id FROM gone)
        """,
        """
        WITH gone (id) AS MATERIALIZED (SELECT id FROM quarantined_items WHERE tenant_id = $1 LIMIT $2)
        DELETE FROM quarantined_items WHERE id IN (SELECT id FROM gone)
        """,
        """
        WITH gone (id) AS MATERIALIZED (SELECT id FROM request_log WHERE tenant_id = $1 LIMIT $2)
        DELETE FROM request_log WHERE id IN (SELECT id FROM gone)
        """,
        """
        WITH gone (id) AS MATERIALIZED (SELECT id FROM request_counts WHERE tenant_id = $1 LIMIT $2)
        DELETE FROM request_counts WHERE id IN (SELECT id FROM gone)
        """,
        """
        WITH gone (id) AS MATERIALIZED (SELECT id FROM delivery_counts WHERE tenant_id = $1 LIMIT $2)
        DELETE FROM delivery_counts WHERE id IN (SELECT id FROM gone)
        """,
    ]
}
