#if PostgreSQL
internal import Glibc
internal import PharmacyDomain

extension PostgreSQLConnection {
    /// Builds indexes while others write (PostgreSQL documentation, Building Indexes Concurrently). Blocks until the indexes are
    /// built. That includes waiting for transactions that are already open, such as a dump's.
    func buildIndexes(_ statements: [SQL]) throws {
        // Polls the lock: a statement that waited for it would hold a snapshot, for whose end the build of the other node waits.
        while try row("SELECT pg_try_advisory_lock($1)", [PostgreSQLAdvisoryLock.indexes], { try $0.integer(0) }) != 1 {
            _ = poll(nil, 0, CInt(StoreLimits.indexLockPause.milliseconds))
        }
        for statement in statements {
            if let name = PostgreSQLConnection.indexName(in: statement), try isUnfinished(name) {
                // The name comes from a statement of this program.
                try execute("DROP INDEX CONCURRENTLY \(name)")
            }
            try execute(statement.text)
        }
        // Closing the connection releases the lock.
    }

    /// Whether a build of the index was interrupted. Such an index is updated by writes and not used by reads.
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
