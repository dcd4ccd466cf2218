extension Migrations {
    /// The log of each tenant's requests, and how many of them had which outcome in each hour, for figures over a time that the log
    /// need not cover.
    ///
    /// A row is a block: the requests of one batch and one minute, as text. A row for each request would cost as much as a tenth of
    /// a read. `request_log_keys` has the blocks of each order, and of request ids that do not contain their time.
    static let requestLog: [SQL] = [
        """
        CREATE TABLE request_log (
            id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            minute INTEGER NOT NULL, errors INTEGER NOT NULL, requests BLOB NOT NULL
        ) STRICT
        """,
        "CREATE INDEX request_log_newest ON request_log (tenant_id, minute, id)",
        "CREATE INDEX request_log_errors ON request_log (tenant_id, minute, id) WHERE errors > 0",
        """
        CREATE TABLE request_log_keys (
            id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL, name TEXT NOT NULL,
            block_id INTEGER NOT NULL REFERENCES request_log (id) ON DELETE CASCADE, UNIQUE (tenant_id, name, block_id)
        ) STRICT
        """,
        "CREATE INDEX request_log_keys_by_block ON request_log_keys (block_id)",
        """
        CREATE TABLE request_counts (
            id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            hour INTEGER NOT NULL, code TEXT NOT NULL, requests INTEGER NOT NULL, UNIQUE (tenant_id, hour, code)
        ) STRICT
        """,
    ]
}
