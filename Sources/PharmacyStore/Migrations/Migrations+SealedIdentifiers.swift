extension Migrations {
    /// Identifiers that partners choose (a patient's `external_id`, an order's `order_id` and `customer_id`) are found by keyed
    /// digests, because they may contain record numbers and email addresses. Their text is in the sealed documents.
    ///
    /// Digests need the tenants' keys, so a service makes those of existing rows (`TenantScope.encryptIdentifiers`). A tenant
    /// whose rows may still have cleartext is marked in `clear_identifiers`. The cleartext columns stay and are `NULL` from then
    /// on, and their indexes are empty: dropping them would rewrite the tables. They have other names, so that an older program
    /// that still runs fails instead of finding nothing for an identifier that was replaced.
    ///
    /// The step is quick at any size: the columns are empty, and the indexes cover only rows with a digest. The service rewrites
    /// each row with an identifier once.
    static let sealedIdentifiers: [SQL] = [
        "ALTER TABLE patients RENAME COLUMN external_id TO external_id_in_clear",
        "ALTER TABLE orders RENAME COLUMN reference TO reference_in_clear",
        "ALTER TABLE orders RENAME COLUMN customer_reference TO customer_reference_in_clear",
        "ALTER TABLE patients ADD COLUMN external_id_digest BLOB",
        "ALTER TABLE orders ADD COLUMN reference_digest BLOB",
        "ALTER TABLE orders ADD COLUMN customer_reference_digest BLOB",
        """
        CREATE INDEX patients_by_external_id_digest ON patients (tenant_id, external_id_digest, id)
        WHERE external_id_digest IS NOT NULL
        """,
        """
        CREATE INDEX orders_by_reference_digest ON orders (tenant_id, reference_digest, id)
        WHERE reference_digest IS NOT NULL
        """,
        """
        CREATE INDEX orders_by_customer_digest ON orders (tenant_id, customer_reference_digest, id)
        WHERE customer_reference_digest IS NOT NULL
        """,
        "ALTER TABLE tenants ADD COLUMN clear_identifiers INTEGER NOT NULL DEFAULT 0",
        "UPDATE tenants SET clear_identifiers = 1",
    ]
}
