extension Migrations {
    /// Creates the tables of the newest version in an empty database, within the caller's transaction.
    static func createTables(in db: any SQLConnection) throws {
        try begin(in: db)
        while try step(upTo: steps.count, in: db) {}
    }

    /// The version of a database that has tables.
    static func version(of db: any SQLConnection) throws -> Int {
        let found = try db.row("SELECT MAX(version) FROM schema_versions", []) { try $0.optionalInteger(0) } ?? nil
        return Int(found ?? 0)
    }
}
