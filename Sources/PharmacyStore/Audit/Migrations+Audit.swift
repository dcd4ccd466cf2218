extension Migrations {
    /// The audit log. It names tenants by their uuid and refers to no other table: its lines outlive what they tell of.
    ///
    /// There is one chain for the installation. Transactions that write run one after the other, on every node, so that
    /// its head, read and written in the transaction of the effect, holds nobody up and is put back where a savepoint
    /// fails; and with one chain, all lines of a tenant cannot go missing at once unseen. Chaining lines later, by a
    /// sequencer, was weighed and dropped: until it came round, lines could be taken away unseen.
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
