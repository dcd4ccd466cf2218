/// The tables of the first version.
extension Migrations {
    static let accounts: [SQL] = [
        """
        CREATE TABLE wrapped_keys (
            id INTEGER PRIMARY KEY AUTOINCREMENT, purpose TEXT NOT NULL, name TEXT NOT NULL, wrapped BLOB NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE INDEX wrapped_keys_by_name ON wrapped_keys (purpose, name)",
        """
        CREATE TABLE tenants (
            id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
            status TEXT NOT NULL, created_at INTEGER NOT NULL, resets_at INTEGER, wipes INTEGER NOT NULL DEFAULT 0,
            data_key INTEGER NOT NULL, webhook_secret BLOB NOT NULL, change_sequence INTEGER NOT NULL DEFAULT 0,
            patient_count INTEGER NOT NULL DEFAULT 0, event_sequence INTEGER NOT NULL DEFAULT 0
        ) STRICT
        """,
        """
        CREATE TABLE setup_tokens (
            token_hash BLOB PRIMARY KEY, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            created_at INTEGER NOT NULL, used_at INTEGER, revoked_at INTEGER
        ) STRICT
        """,
        """
        CREATE TABLE credentials (
            id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            client_id TEXT NOT NULL UNIQUE, secret_hash BLOB NOT NULL, name TEXT NOT NULL,
            created_at INTEGER NOT NULL, last_used_at INTEGER, revoked_at INTEGER
        ) STRICT
        """,
        "CREATE INDEX credentials_by_tenant ON credentials (tenant_id, id)",
        """
        CREATE TABLE token_families (
            id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE,
            credential_id INTEGER NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
            created_at INTEGER NOT NULL, revoked_at INTEGER
        ) STRICT
        """,
        "CREATE INDEX token_families_by_credential ON token_families (credential_id)",
        """
        CREATE TABLE refresh_tokens (
            token_hash BLOB PRIMARY KEY, family_id INTEGER NOT NULL REFERENCES token_families (id) ON DELETE CASCADE,
            expires_at INTEGER NOT NULL, used_at INTEGER
        ) STRICT
        """,
        "CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family_id)",
        "CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at)",
        """
        CREATE TABLE idempotency_records (
            id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            key_digest BLOB NOT NULL, body_digest BLOB NOT NULL, outcome BLOB NOT NULL, expires_at INTEGER NOT NULL,
            UNIQUE (tenant_id, key_digest)
        ) STRICT
        """,
        "CREATE INDEX idempotency_records_by_expiry ON idempotency_records (expires_at)",
    ]

    static let patients: [SQL] = [
        """
        CREATE TABLE patients (
            id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            uuid TEXT NOT NULL, external_id TEXT, likeness BLOB, email BLOB, document BLOB,
            created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, change_sequence INTEGER NOT NULL,
            deleted_at INTEGER, UNIQUE (tenant_id, uuid)
        ) STRICT
        """,
        "CREATE INDEX patients_newest ON patients (tenant_id, id) WHERE deleted_at IS NULL",
        "CREATE INDEX patients_by_change ON patients (tenant_id, change_sequence)",
        "CREATE INDEX patients_by_update ON patients (tenant_id, updated_at, id) WHERE deleted_at IS NULL",
        "CREATE INDEX patients_by_likeness ON patients (tenant_id, likeness) WHERE deleted_at IS NULL",
        "CREATE INDEX patients_by_external_id ON patients (tenant_id, external_id) WHERE external_id IS NOT NULL",
    ]

    static let orders: [SQL] = [
        """
        CREATE TABLE orders (
            id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            uuid TEXT NOT NULL, status TEXT NOT NULL, reference TEXT, customer_reference TEXT,
            patient_uuid TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
            document BLOB NOT NULL, patient_snapshot BLOB NOT NULL, dispatch_at INTEGER,
            dispatch_attempts INTEGER NOT NULL DEFAULT 0, UNIQUE (tenant_id, uuid)
        ) STRICT
        """,
        "CREATE INDEX orders_newest ON orders (tenant_id, id)",
        "CREATE INDEX orders_by_status ON orders (tenant_id, status, id)",
        "CREATE INDEX orders_by_reference ON orders (tenant_id, reference, id) WHERE reference IS NOT NULL",
        """
        CREATE INDEX orders_by_customer ON orders (tenant_id, customer_reference, id)
        WHERE customer_reference IS NOT NULL
        """,
        "CREATE INDEX orders_by_patient ON orders (tenant_id, patient_uuid, id)",
        "CREATE INDEX orders_by_update ON orders (tenant_id, updated_at, id)",
        "CREATE INDEX orders_by_creation ON orders (tenant_id, created_at, id)",
        "CREATE INDEX orders_to_dispatch ON orders (dispatch_at) WHERE dispatch_at IS NOT NULL",
    ]

    static let webhooks: [SQL] = [
        """
        CREATE TABLE order_events (
            id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            uuid TEXT NOT NULL UNIQUE, order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
            type TEXT NOT NULL, sequence INTEGER NOT NULL, tenant_sequence INTEGER NOT NULL,
            occurred_at INTEGER NOT NULL, payload BLOB NOT NULL, UNIQUE (order_id, sequence)
        ) STRICT
        """,
        "CREATE UNIQUE INDEX order_events_feed ON order_events (tenant_id, tenant_sequence)",
        """
        CREATE TABLE webhook_endpoints (
            id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            url_digest BLOB NOT NULL, url BLOB NOT NULL, UNIQUE (tenant_id, url_digest)
        ) STRICT
        """,
        """
        CREATE TABLE webhook_deliveries (
            id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            uuid TEXT NOT NULL UNIQUE, order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
            event_id INTEGER NOT NULL REFERENCES order_events (id) ON DELETE CASCADE,
            endpoint_id INTEGER NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
            status TEXT NOT NULL, due_at INTEGER, attempts INTEGER NOT NULL DEFAULT 0,
            created_at INTEGER NOT NULL, completed_at INTEGER
        ) STRICT
        """,
        "CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE due_at IS NOT NULL",
        "CREATE INDEX webhook_deliveries_queue ON webhook_deliveries (order_id, endpoint_id, id)",
        "CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (tenant_id, id)",
        "CREATE INDEX webhook_deliveries_by_event ON webhook_deliveries (event_id)",
        "CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (endpoint_id)",
        """
        CREATE TABLE webhook_attempts (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            delivery_id INTEGER NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
            at INTEGER NOT NULL, duration INTEGER NOT NULL, status_code INTEGER, error TEXT, answer BLOB NOT NULL
        ) STRICT
        """,
        "CREATE INDEX webhook_attempts_by_delivery ON webhook_attempts (delivery_id, id)",
    ]

    static let sandbox: [SQL] = [
        """
        CREATE TABLE simulated_prescriptions (
            order_id INTEGER PRIMARY KEY REFERENCES orders (id) ON DELETE CASCADE,
            tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            step INTEGER NOT NULL DEFAULT 0, due_at INTEGER
        ) STRICT
        """,
        "CREATE INDEX simulated_prescriptions_due ON simulated_prescriptions (due_at) WHERE due_at IS NOT NULL",
    ]
}
