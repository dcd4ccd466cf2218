extension Migrations {
    /// The audit log. It names tenants by their uuid and refers to no other table: its lines outlive what they tell of.
    ///
    /// There is one chain for the installation: with one, all lines of a tenant cannot go missing at once unseen. Its end
    /// (`audit_head` in this step, the newest entry since `auditHead`) is read at the end of each transaction, behind the lines of all writes that share the commit, so that
    /// it is held for the length of a commit and no longer; commits of several nodes therefore come one after the other,
    /// what goes before them does not. Chaining lines later, by a sequencer, was weighed and dropped: until it came round,
    /// lines could be taken away unseen.
    static let audit: [SQL] = [
        """
        CREATE TABLE audit_entries (
            sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, tenant TEXT, actor TEXT NOT NULL, action TEXT NOT NULL,
            subjects TEXT NOT NULL, request TEXT, hash BLOB NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE audit_head (
            id INTEGER PRIMARY KEY CHECK (id = 1), sequence INTEGER NOT NULL, hash BLOB NOT NULL,
            pruned_sequence INTEGER NOT NULL, pruned_hash BLOB NOT NULL, seal BLOB NOT NULL
        ) STRICT
        """,
        """
        CREATE TRIGGER audit_entries_are_not_changed BEFORE UPDATE ON audit_entries
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
        """,
        """
        CREATE TRIGGER audit_entries_are_not_removed BEFORE DELETE ON audit_entries
        WHEN OLD.sequence > (SELECT COALESCE(MAX(pruned_sequence), 0) FROM audit_head)
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
        """,
        """
        CREATE TRIGGER audit_head_is_not_removed BEFORE DELETE ON audit_head
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
        """,
    ]
}
