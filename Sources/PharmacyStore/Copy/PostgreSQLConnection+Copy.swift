#if PostgreSQL
extension PostgreSQLConnection: CopiedConnection {
    /// A connection whose transaction may wait for the other side of a copy for as long as that takes.
    static func forCopy(url: String) throws -> PostgreSQLConnection {
        let connection = try PostgreSQLConnection(url: url, role: .bulk)
        try connection.execute("SET idle_in_transaction_session_timeout = 0")
        return connection
    }

    func hasTables() throws -> Bool {
        try row("SELECT 1 WHERE to_regclass('schema_versions') IS NOT NULL", []) { _ in true } ?? false
    }

    /// The server checks its constraints itself.
    func checkIntegrity() throws {}

    func lastRowID(of table: TableSchema) throws -> Int64 {
        guard table.rowIDSequence != .program else { return 0 }
        let last =
            try row(
                "SELECT pg_sequence_last_value(CAST(pg_get_serial_sequence($1, 'id') AS regclass))",
                [.text("\(table.name)")]
            ) { try $0.optionalInteger(0) } ?? nil
        return last ?? 0
    }

    func setLastRowID(_ number: Int64, of table: TableSchema) throws {
        guard table.rowIDSequence != .program, number > 0 else { return }
        _ = try rows(
            "SELECT setval(CAST(pg_get_serial_sequence($1, 'id') AS regclass), $2)",
            [.text("\(table.name)"), .integer(number)]
        ) { try $0.integer(0) }
    }
}
#endif
