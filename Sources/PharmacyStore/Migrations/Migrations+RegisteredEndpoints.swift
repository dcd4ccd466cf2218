extension Migrations {
    /// Endpoints that tenants register, and events that belong to no order.
    ///
    /// An endpoint's URL is a row of `webhook_endpoints`, which it shares with the orders that name the same URL, so that they
    /// share its queue and its health. The row is held while the endpoint is paused. A delivery has the row of the endpoint that
    /// it was made for, and none if its order names the URL. There is no reference, because an endpoint may be deleted, and its
    /// deliveries stay: numbers are never given out twice.
    ///
    /// Events of endpoints and their deliveries have no order. SQLite cannot drop `NOT NULL` from a column other than by the
    /// description of the table (SQLite documentation, ALTER TABLE, section 7); the rows stay as they are. The statements after
    /// it change the schema, so that all connections read it again.
    ///
    /// An older program must not deliver from such a database: it would sign with another secret (`oldestProgram`).
    static let registeredEndpoints: [SQL] = [
        .forPostgreSQL("ALTER TABLE order_events ALTER COLUMN order_id DROP NOT NULL"),
        .forPostgreSQL("ALTER TABLE webhook_deliveries ALTER COLUMN order_id DROP NOT NULL"),
        .forSQLite("PRAGMA writable_schema = ON"),
        .forSQLite(
            """
            UPDATE sqlite_schema SET sql = replace(sql, 'order_id INTEGER NOT NULL REFERENCES orders (id)',
                'order_id INTEGER REFERENCES orders (id)')
            WHERE type = 'table' AND name IN ('order_events', 'webhook_deliveries')
            """),
        .forSQLite("PRAGMA writable_schema = RESET"),
        "ALTER TABLE webhook_deliveries ADD COLUMN registration_id INTEGER",
        "ALTER TABLE webhook_endpoints ADD COLUMN is_held INTEGER NOT NULL DEFAULT 0",
        """
        CREATE TABLE registered_endpoints (
            id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            uuid TEXT NOT NULL, endpoint_id INTEGER NOT NULL UNIQUE REFERENCES webhook_endpoints (id),
            events TEXT NOT NULL, is_paused INTEGER NOT NULL, retry_schedule TEXT NOT NULL, document BLOB NOT NULL,
            created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, UNIQUE (tenant_id, uuid)
        ) STRICT
        """,
    ]
}
