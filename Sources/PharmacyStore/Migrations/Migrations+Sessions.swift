extension Migrations {
    /// Sessions of the dashboard. A session is known by the hash of its random id, and ends with its credential.
    static let sessions: [SQL] = [
        """
        CREATE TABLE sessions (
            id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, token_hash BLOB NOT NULL UNIQUE,
            credential_id INTEGER NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
            created_at INTEGER NOT NULL, last_used_at INTEGER NOT NULL, proof BLOB NOT NULL
        ) STRICT
        """,
        "CREATE INDEX sessions_by_credential ON sessions (credential_id)",
        "CREATE INDEX sessions_by_creation ON sessions (created_at)",
    ]
}
