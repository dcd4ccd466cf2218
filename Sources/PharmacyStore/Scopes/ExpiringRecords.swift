/// Records that expire, and are removed in batches.
package enum ExpiringRecords: String, CaseIterable, Sendable {
    case idempotencyRecords = "idempotency records"
    case refreshTokens = "refresh tokens"
    case sessions

    /// The limit is in a separate part of the statement, because a subselect may be run again for each row, which would defeat the
    /// limit (PostgreSQL documentation, SELECT, The Locking Clause).
    var removal: SQL {
        switch self {
        case .idempotencyRecords:
            """
            WITH due AS MATERIALIZED (
                SELECT id FROM idempotency_records WHERE expires_at <= $1 ORDER BY expires_at LIMIT 1000
                FOR UPDATE SKIP LOCKED)
            DELETE FROM idempotency_records WHERE id IN (SELECT id FROM due)
            """
        case .refreshTokens:
            """
            WITH due AS MATERIALIZED (
                SELECT token_hash AS id FROM refresh_tokens WHERE expires_at <= $1 ORDER BY expires_at LIMIT 1000
                FOR UPDATE SKIP LOCKED)
            DELETE FROM refresh_tokens WHERE token_hash IN (SELECT id FROM due)
            """
        case .sessions:
            """
            WITH due AS MATERIALIZED (
                SELECT id FROM sessions WHERE created_at <= $1 ORDER BY created_at LIMIT 1000 FOR UPDATE SKIP LOCKED)
            DELETE FROM sessions WHERE id IN (SELECT id FROM due)
            """
        }
    }
}
