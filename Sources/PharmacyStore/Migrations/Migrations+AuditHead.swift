extension Migrations {
    /// Takes the end of the audit log from the row that every commit updated: an open snapshot, such as a dump's, made
    /// each commit walk all versions of it. The end is the newest entry now, sealed where a commit ends; the row keeps what
    /// retention has removed and a checkpoint. The head of before is the first checkpoint, with the seal that it has.
    ///
    /// Programs that know fewer steps would go on numbering entries from that row. The columns have new names, so that
    /// their writes fail until they are replaced, instead of adding entries beside those of newer ones.
    ///
    /// Nothing is read or rewritten: the locks are held for an instant, whatever the size of the log.
    static let auditHead: [SQL] = [
        "ALTER TABLE audit_entries ADD COLUMN seal BLOB",
        "ALTER TABLE audit_head RENAME COLUMN sequence TO checkpoint_sequence",
        "ALTER TABLE audit_head RENAME COLUMN hash TO checkpoint_hash",
    ]
}
