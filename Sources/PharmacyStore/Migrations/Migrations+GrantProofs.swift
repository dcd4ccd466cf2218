extension Migrations {
    /// Proofs of the rows that grant something, and the end of token families, after which they can be removed. The store adds
    /// proofs to existing rows when it opens the database (`GrantConversion`).
    ///
    /// Columns are added without rewriting rows; the families are rewritten once. A family without tokens has lost its last one
    /// when that expired.
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

    /// A proof does not show whether a row is in its newest state. Revocations are also in the audit log, from which they cannot be
    /// removed unnoticed: the second index contains only those few entries.
    static let grantIndexes: [SQL] = [
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS token_families_by_expiry ON token_families (expires_at)",
        """
        CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_revocations ON audit_entries (subjects)
        WHERE action IN ('credential.revoked', 'token.revoked', 'token.reuse_detected')
        """,
    ]
}
