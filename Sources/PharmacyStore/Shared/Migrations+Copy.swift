extension Migrations {
    /// Makes the tables of the newest version within a transaction that goes on, in a database that has none.
    static func makeTables(in db: any SQLConnection) throws {
        try db.run("CREATE TABLE schema_versions (version INTEGER PRIMARY KEY) STRICT", [])
        for (index, statements) in steps.enumerated() {
            for statement in statements { try db.run(statement, []) }
            try db.run("INSERT INTO schema_versions (version) VALUES ($1)", [.integer(Int64(index + 1))])
        }
    }

    /// The version of a database that has tables.
    static func version(of db: any SQLConnection) throws -> Int {
        let found = try db.row("SELECT MAX(version) FROM schema_versions", []) { try $0.optionalInteger(0) } ?? nil
        return Int(found ?? 0)
    }
}
