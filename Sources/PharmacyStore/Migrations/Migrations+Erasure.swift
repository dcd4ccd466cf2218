extension Migrations {
    /// When the erasure of a tenant began, whose keys are removed first and whose records follow in batches; and when the wipe of a
    /// large sandbox began, whose records are removed in batches, too. Programs that do not know the columns see a suspended
    /// tenant.
    static let erasure: [SQL] = [
        "ALTER TABLE tenants ADD COLUMN erasing_at INTEGER", "ALTER TABLE tenants ADD COLUMN wiping_at INTEGER",
    ]
}
