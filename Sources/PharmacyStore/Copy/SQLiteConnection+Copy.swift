extension SQLiteConnection: CopiedConnection {
    func hasTables() throws -> Bool {
        try row("SELECT 1 FROM sqlite_schema WHERE name = 'schema_versions'", []) { _ in true } ?? false
    }

    func checkIntegrity() throws {
        guard try rows("PRAGMA integrity_check", [], { try $0.text(0) }) == ["ok"],
            try rows("PRAGMA foreign_key_check", [], { _ in true }).isEmpty
        else { throw StoreError.broken(StoreFault(.damaged, "the database file is damaged: restore a backup")) }
    }

    func lastRowID(of table: TableSchema) throws -> Int64 {
        switch table.rowIDSequence {
        case .program: return 0
        case .database:
            let highest = try row(table.highestKey, []) { try $0.optionalInteger(0) } ?? nil
            return highest ?? 0
        case .databaseOnce:
            return try row("SELECT seq FROM sqlite_sequence WHERE name = $1", [.text("\(table.name)")]) {
                try $0.integer(0)
            } ?? 0
        }
    }

    /// A table that may use row ids again has no sequence.
    func setLastRowID(_ number: Int64, of table: TableSchema) throws {
        guard table.rowIDSequence == .databaseOnce, number > 0 else { return }
        let name = SQLValue.text("\(table.name)")
        try run("DELETE FROM sqlite_sequence WHERE name = $1", [name])
        try run("INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)", [name, .integer(number)])
    }
}
