/// Migrations that mostly add columns, indexes and small tables.
extension Migrations {
    static let credentialScopes: [SQL] = [
        "ALTER TABLE credentials ADD COLUMN scopes TEXT NOT NULL DEFAULT 'read write'"
    ]

    static let setupTokenExpiry: [SQL] = [
        "ALTER TABLE setup_tokens ADD COLUMN expires_at INTEGER",
        "CREATE INDEX setup_tokens_by_tenant ON setup_tokens (tenant_id)",
    ]

    static let webhookSecretRotation: [SQL] = [
        "ALTER TABLE tenants ADD COLUMN next_webhook_secret BLOB",
        "ALTER TABLE tenants ADD COLUMN next_webhook_secret_at INTEGER",
    ]

    static let dataKeyRotation: [SQL] = [
        "ALTER TABLE tenants ADD COLUMN previous_data_key INTEGER",
        """
        CREATE TABLE reseals (
            tenant_id INTEGER PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
            step INTEGER NOT NULL DEFAULT 0, after_id INTEGER NOT NULL DEFAULT 0,
            records INTEGER NOT NULL DEFAULT 0, started_at INTEGER NOT NULL, finished_at INTEGER
        ) STRICT
        """,
    ]

    static let reports: [SQL] = [
        "ALTER TABLE orders ADD COLUMN dispatch_uncertain INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE orders ADD COLUMN reconcile_at INTEGER",
        "CREATE INDEX orders_to_reconcile ON orders (reconcile_at) WHERE reconcile_at IS NOT NULL",
        "CREATE INDEX orders_by_uuid ON orders (uuid)",
    ]

    static let failedDeliveries: [SQL] = [
        """
        CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (tenant_id, completed_at) WHERE status = 'failed'
        """
    ]

    /// Each URL has a queue of its own. The time of its next delivery is on its row, so that the due deliveries of a busy URL need
    /// not be scanned. Each existing URL becomes a destination of its own.
    static let deliveryQueues: [SQL] = [
        "ALTER TABLE webhook_endpoints ADD COLUMN destination INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE webhook_endpoints ADD COLUMN due_at INTEGER",
        "ALTER TABLE webhook_endpoints ADD COLUMN last_success_at INTEGER",
        "ALTER TABLE webhook_endpoints ADD COLUMN last_failure_at INTEGER",
        "ALTER TABLE webhook_endpoints ADD COLUMN last_error TEXT",
        "ALTER TABLE webhook_endpoints ADD COLUMN failures INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE webhook_endpoints ADD COLUMN recent_failures TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE webhook_endpoints ADD COLUMN is_failing INTEGER NOT NULL DEFAULT 0",
        "DROP INDEX webhook_deliveries_due",
        """
        CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at, status)
        WHERE due_at IS NOT NULL
        """,
        "DROP INDEX webhook_deliveries_by_endpoint",
        "CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (endpoint_id, completed_at, id)",
        """
        UPDATE webhook_endpoints SET destination = id, due_at = (
            SELECT MIN(due_at) FROM webhook_deliveries
            WHERE endpoint_id = webhook_endpoints.id AND due_at IS NOT NULL)
        """,
        "CREATE INDEX webhook_endpoints_due ON webhook_endpoints (destination, due_at) WHERE due_at IS NOT NULL",
        "CREATE INDEX webhook_endpoints_by_tenant ON webhook_endpoints (tenant_id, is_failing, id)",
        "CREATE INDEX webhook_endpoints_failing ON webhook_endpoints (is_failing) WHERE is_failing = 1",
        "CREATE INDEX order_events_by_age ON order_events (occurred_at)",
    ]

    /// Events may report what happened long before they are recorded. Their payloads contain that time; the feed and the
    /// retention use the column. The column is renamed because an older program numbers events by the changes of status alone,
    /// and would use a number twice.
    static let recordedEvents: [SQL] = [
        "ALTER TABLE order_events RENAME COLUMN occurred_at TO recorded_at"
    ]

    /// Request rates that all nodes share, and the programs that may serve the database. The indexes find what prevents the
    /// removal of an event, and the newest of several duplicate patients.
    static let severalNodes: [SQL] = [
        "DROP INDEX patients_by_likeness",
        "CREATE INDEX patients_by_likeness ON patients (tenant_id, likeness, id) WHERE deleted_at IS NULL",
        """
        CREATE INDEX webhook_deliveries_unfinished ON webhook_deliveries (event_id) WHERE completed_at IS NULL
        """,
        "CREATE TABLE rate_limits (client BLOB PRIMARY KEY, paid_up_to INTEGER NOT NULL) STRICT",
        "ALTER TABLE schema_versions ADD COLUMN oldest_program INTEGER NOT NULL DEFAULT 0",
    ]
}
