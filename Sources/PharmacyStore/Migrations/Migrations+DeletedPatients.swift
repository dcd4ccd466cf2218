extension Migrations {
    /// Deleted patients are listed among the changes: their rows, which hold nothing but their uuid and when they were
    /// deleted, have stayed in `patients` from the first version on. The index is of them alone, so that nothing else that
    /// is written becomes dearer.
    static let deletedPatients: [SQL] = [
        """
        CREATE INDEX CONCURRENTLY IF NOT EXISTS patients_deleted ON patients (tenant_id, updated_at, change_sequence)
        WHERE deleted_at IS NOT NULL
        """
    ]
}
