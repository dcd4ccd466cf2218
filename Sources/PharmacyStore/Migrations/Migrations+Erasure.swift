extension Migrations {
    /// A tenant that is being erased: its keys are gone, its records follow in batches. Programs that do not know the column
    /// see a suspended tenant. And a large sandbox that is being wiped, whose records are removed in batches, too.
    static let erasure: [SQL] = [
        "ALTER TABLE tenants ADD COLUMN erasing_at INTEGER", "ALTER TABLE tenants ADD COLUMN wiping_at INTEGER",
    ]
}
