extension Migrations {
    /// In which epoch the database is, and up to where the retention has removed each tenant's events.
    ///
    /// The first epoch is drawn when the store is opened: the two engines have no random number in common. Whether it is the
    /// first is stored with it, for cursors that were handed out before carry no epoch and stay valid in that one.
    ///
    /// Both tables are new and empty, so nothing waits for them however many rows there are.
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
