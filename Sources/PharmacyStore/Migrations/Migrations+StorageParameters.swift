extension Migrations {
    /// How PostgreSQL stores tables whose rows change constantly. SQLite has no such settings.
    ///
    /// Pages are filled only partly, so that rows are updated within their page: that needs no new index entries and leaves
    /// nothing for vacuum to look up in indexes. Vacuum starts after a number of changed rows instead of a fifth of the table,
    /// which at 10⁷ rows is a day's changes. In tables with a few rows that change with every commit, each write reads past all
    /// versions that no transaction sees any more.
    static let storageParameters: [SQL] = [
        .forPostgreSQL(
            """
            ALTER TABLE IF EXISTS tenants SET (fillfactor = 20, autovacuum_vacuum_scale_factor = 0,
                autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0)
            """),
        .forPostgreSQL(
            """
            ALTER TABLE IF EXISTS audit_head SET (fillfactor = 10, autovacuum_vacuum_scale_factor = 0,
                autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0)
            """),
        .forPostgreSQL(
            """
            ALTER TABLE IF EXISTS webhook_endpoints SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01,
                autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0)
            """),
        .forPostgreSQL(
            """
            ALTER TABLE IF EXISTS rate_limits SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02,
                autovacuum_vacuum_threshold = 1000)
            """),
        .forPostgreSQL(
            """
            ALTER TABLE IF EXISTS credentials SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02,
                autovacuum_vacuum_threshold = 500)
            """),
        .forPostgreSQL(
            """
            ALTER TABLE IF EXISTS orders SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.01,
                autovacuum_vacuum_threshold = 10000, autovacuum_analyze_scale_factor = 0.01)
            """),
        .forPostgreSQL(
            """
            ALTER TABLE IF EXISTS webhook_deliveries SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01,
                autovacuum_vacuum_threshold = 10000, autovacuum_analyze_scale_factor = 0.01)
            """),
        .forPostgreSQL(
            """
            ALTER TABLE IF EXISTS simulated_prescriptions SET (autovacuum_vacuum_scale_factor = 0.01,
                autovacuum_vacuum_threshold = 2000)
            """),
        // Rows that only come and go: what has gone must be found again before the table grows, and what is due must not be
        // guessed from what was counted long ago.
        .forPostgreSQL(
            """
            ALTER TABLE IF EXISTS idempotency_records SET (autovacuum_vacuum_scale_factor = 0.01,
                autovacuum_vacuum_threshold = 5000, autovacuum_analyze_scale_factor = 0.01)
            """),
        .forPostgreSQL(
            """
            ALTER TABLE IF EXISTS refresh_tokens SET (autovacuum_vacuum_scale_factor = 0.01,
                autovacuum_vacuum_threshold = 5000, autovacuum_analyze_scale_factor = 0.01)
            """),
    ]
}
