extension Migrations {
    /// The end of the audit log is no longer the row that every commit updated: during an open snapshot, such as a dump's, each
    /// commit read all versions of it. The end is the newest entry, which is sealed at the end of a commit. The row contains a
    /// checkpoint and how far retention has removed entries. The previous head becomes the first checkpoint with its seal.
    ///
    /// Older programs would continue to number entries from that row. The columns have new names, so that their writes fail until
    /// they are replaced.
    ///
    /// Nothing is read or rewritten: the locks are held for an instant, whatever the size of the log.
    static let auditHead: [SQL] = [
        "ALTER TABLE audit_entries ADD COLUMN seal BLOB",
        "ALTER TABLE audit_head RENAME COLUMN sequence TO checkpoint_sequence",
        "ALTER TABLE audit_head RENAME COLUMN hash TO checkpoint_hash",
    ]
}
