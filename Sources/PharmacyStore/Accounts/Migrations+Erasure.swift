extension Migrations {
    /// A tenant that is being erased: its keys are gone, its records follow in batches. Programs that do not know the column
    /// see a suspended tenant.
    static let erasure: [SQL] = ["ALTER TABLE tenants ADD COLUMN erasing_at INTEGER"]
}
