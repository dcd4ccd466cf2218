#if PostgreSQL
internal import Glibc
internal import PharmacyDomain

extension PostgreSQLConnection {
    /// Held by the node that builds indexes; any number that no other program uses on the same database.
    private static let indexLock: SQLValue = .integer(5_570_193_308_531_903_822)

    /// Builds indexes while others write (PostgreSQL documentation, Building Indexes Concurrently). Blocks for as long as it
    /// takes, and for as long as transactions are open that began before it, such as a dump's.
    func buildIndexes(_ statements: [SQL]) throws {
        // Whoever stood in line for the lock would hold a snapshot, for whose end the build waits.
        while try row("SELECT pg_try_advisory_lock($1)", [PostgreSQLConnection.indexLock], { try $0.integer(0) }) != 1 {
            _ = poll(nil, 0, CInt(StoreLimits.indexLockPause.milliseconds))
        }
        for statement in statements {
            if let name = PostgreSQLConnection.indexName(in: statement), try isUnfinished(name) {
                // The name is of our own statement.
                try execute("DROP INDEX CONCURRENTLY \(name)")
            }
            try execute(statement.text)
        }
        // The lock goes with the connection.
    }

    /// Whether a build of the index was broken off: it is kept up to date and answers nothing.
    private func isUnfinished(_ name: String) throws -> Bool {
        try row(
            """
            SELECT 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE c.relname = $1 AND pg_table_is_visible(c.oid) AND NOT i.indisvalid
            """, [.text(name)]
        ) { _ in true } ?? false
    }

    /// The name in `CREATE [UNIQUE] INDEX CONCURRENTLY IF NOT EXISTS name ON …`.
    static func indexName(in statement: SQL) -> String? {
        let words = statement.text.split(whereSeparator: \.isWhitespace)
        return words.firstIndex(of: "ON").flatMap { $0 > 0 ? String(words[$0 - 1]) : nil }
    }
}
#endif
