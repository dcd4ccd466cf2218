extension Migrations {
    /// The audit log. It refers to tenants by their uuid and to no other table, because its entries outlive the records that they
    /// name.
    ///
    /// The installation has one chain, so that a tenant's entries cannot all be removed unnoticed. The chain's end (`audit_head`
    /// in this step, the newest entry since `auditHead`) is read at the end of each transaction, after all writes that share the
    /// commit, and so is locked only during the commit. Commits of several nodes therefore run one after the other; the rest of
    /// their transactions does not. Chaining entries later, by a sequencer, was rejected: until then entries could be removed
    /// unnoticed.
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
