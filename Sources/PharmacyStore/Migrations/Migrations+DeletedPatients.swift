extension Migrations {
    /// Deleted patients are listed among the changes. Their rows, which contain only their uuid and the time of the deletion, have
    /// stayed in `patients` since the first version. The index contains only them, so that other writes cost nothing more.
    static let deletedPatients: [SQL] = [
        """
        CREATE INDEX CONCURRENTLY IF NOT EXISTS patients_deleted ON patients (tenant_id, updated_at, change_sequence)
        WHERE deleted_at IS NOT NULL
        """
    ]
}
