extension Migrations {
    /// The epoch of the database, and how far retention has removed each tenant's events.
    ///
    /// The first epoch is chosen when the store is opened, because the two engines have no common random function. Whether it is
    /// the first one is stored with it: cursors from before contain no epoch and stay valid in that one.
    ///
    /// Both tables are new and empty, so the step takes no time whatever the size of the database.
    static let incarnation: [SQL] = [
        """
        CREATE TABLE incarnation (
            id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL, origin TEXT, since INTEGER NOT NULL,
            is_first INTEGER NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE event_retention (
            tenant_id INTEGER PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE, pruned_position INTEGER NOT NULL
        ) STRICT
        """,
    ]
}
