extension Migrations {
    /// Changes are numbered by their own rows instead of a counter on the tenant's row.
    ///
    /// A counter on the tenant's row gains a version with every write, and while a snapshot is open (such as that of `pg_dump`)
    /// every write reads all of them. The next number is therefore the newest row's plus one, found by index. The tenant's row has
    /// a floor, which is written only when the row with the newest number may be removed.
    ///
    /// The counters become those floors, so that numbers continue after those that were used. They have other names, so that an
    /// older program that still runs fails at its first write instead of using a number twice. It cannot be started again either
    /// (`oldestProgram`).
    ///
    /// Orders that were last changed before this step have the number 0. Each later change has a time not before theirs and a
    /// higher number, so that `(updated_at, change_sequence, id)` is the order of changes without rewriting each row, which would
    /// lock writers out for some 20 minutes at 10⁷ orders.
    ///
    /// The step locks both tables while three indexes over all rows are built, about half a minute each at 10⁷ rows. Columns with
    /// a constant default cost nothing; one patient of each tenant is rewritten.
    static let changeOrder: [SQL] = [
        "ALTER TABLE tenants RENAME COLUMN change_sequence TO patient_change_floor",
        "ALTER TABLE tenants RENAME COLUMN event_sequence TO event_floor",
        "ALTER TABLE tenants ADD COLUMN order_change_floor INTEGER NOT NULL DEFAULT 0",
        // No change of the tenant's patients and orders carries a time before it from now on.
        "ALTER TABLE tenants ADD COLUMN last_change_at INTEGER NOT NULL DEFAULT 0",
        // How many patients of the tenant were not deleted after the change whose number the row carries.
        "ALTER TABLE patients ADD COLUMN live_count INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE orders ADD COLUMN change_sequence INTEGER NOT NULL DEFAULT 0",
        """
        UPDATE tenants SET last_change_at = (
            SELECT COALESCE(MAX(changes.newest), 0) FROM (
                SELECT MAX(updated_at) AS newest FROM patients WHERE tenant_id = tenants.id
                UNION ALL SELECT MAX(updated_at) FROM orders WHERE tenant_id = tenants.id) AS changes)
        """,
        """
        UPDATE patients SET live_count = (SELECT t.patient_count FROM tenants t WHERE t.id = patients.tenant_id),
            change_sequence = (SELECT t.patient_change_floor FROM tenants t WHERE t.id = patients.tenant_id)
        WHERE id IN (
            SELECT (SELECT p.id FROM patients p WHERE p.tenant_id = t.id ORDER BY p.change_sequence DESC LIMIT 1)
            FROM tenants t)
        """,
        "ALTER TABLE tenants DROP COLUMN patient_count",
        "DROP INDEX patients_by_update",
        """
        CREATE INDEX patients_by_update ON patients (tenant_id, updated_at, change_sequence) WHERE deleted_at IS NULL
        """,
        "DROP INDEX orders_by_update",
        "CREATE INDEX orders_by_update ON orders (tenant_id, updated_at, change_sequence, id)",
        "CREATE UNIQUE INDEX orders_by_change ON orders (tenant_id, change_sequence) WHERE change_sequence > 0",
    ]
}
