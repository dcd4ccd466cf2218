extension Migrations {
    /// Proofs of the rows that grant something, which the store adds to existing rows when it opens the database
    /// (`GrantConversion`), and when families of tokens end, so that they can be removed.
    ///
    /// Each column is added without touching the rows; the families are rewritten once. Of a family without tokens the last
    /// one was removed when it expired.
    static let grantProofs: [SQL] = [
        "ALTER TABLE tenants ADD COLUMN proof BLOB",
        "ALTER TABLE setup_tokens ADD COLUMN proof BLOB",
        "ALTER TABLE credentials ADD COLUMN proof BLOB",
        "ALTER TABLE token_families ADD COLUMN proof BLOB",
        "ALTER TABLE refresh_tokens ADD COLUMN proof BLOB",
        "ALTER TABLE token_families ADD COLUMN expires_at INTEGER",
        """
        UPDATE token_families SET expires_at = COALESCE(
            revoked_at,
            (SELECT MAX(r.expires_at) FROM refresh_tokens r WHERE r.family_id = token_families.id), created_at)
        """,
    ]

    /// A proof cannot tell an earlier state of a row from the newest. That something was revoked stands in the audit log,
    /// too, from which it cannot be taken unseen: the second index holds those few lines alone.
    static let grantIndexes: [SQL] = [
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS token_families_by_expiry ON token_families (expires_at)",
        """
        CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_revocations ON audit_entries (subjects)
        WHERE action IN ('credential.revoked', 'token.revoked', 'token.reuse_detected')
        """,
    ]
}
