extension Migrations {
    /// Work that one of several nodes does at a time of the day. Programs that do not know the table ignore it.
    static let scheduledJobs: [SQL] = [
        """
        CREATE TABLE scheduled_jobs (
            job INTEGER PRIMARY KEY, slot INTEGER NOT NULL, claimed_until INTEGER NOT NULL DEFAULT 0,
            finished_at INTEGER, outcome TEXT NOT NULL DEFAULT ''
        ) STRICT
        """
    ]
}
