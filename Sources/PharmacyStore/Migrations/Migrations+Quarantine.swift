extension Migrations {
    /// Items that background work failed on, so that one does not stop the others; and the lanes of orders to dispatch (one tenant's
    /// orders to one pharmacy). The earliest due time of each lane is found by index, so that the orders of a busy lane need not
    /// be scanned.
    ///
    /// Takes locks while the index is built over the few orders that are not dispatched yet.
    static let quarantine: [SQL] = [
        """
        CREATE TABLE quarantined_items (
            id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            work TEXT NOT NULL, item TEXT NOT NULL, reason TEXT NOT NULL, tries INTEGER NOT NULL,
            first_failed_at INTEGER NOT NULL, last_failed_at INTEGER NOT NULL, next_try_at INTEGER,
            UNIQUE (tenant_id, work, item)
        ) STRICT
        """,
        "ALTER TABLE orders ADD COLUMN dispatch_lane INTEGER NOT NULL DEFAULT 0",
        "UPDATE orders SET dispatch_lane = tenant_id WHERE dispatch_at IS NOT NULL",
        """
        CREATE INDEX orders_by_dispatch_lane ON orders (dispatch_lane, dispatch_at) WHERE dispatch_at IS NOT NULL
        """,
        """
        CREATE INDEX orders_by_reconciliation ON orders (tenant_id, reconcile_at) WHERE reconcile_at IS NOT NULL
        """,
    ]

    /// Drops the indexes with which programs without lanes claimed orders. Each order wrote to them three times.
    static let laneIndexesAlone: [SQL] = ["DROP INDEX orders_to_dispatch", "DROP INDEX orders_to_reconcile"]
}
