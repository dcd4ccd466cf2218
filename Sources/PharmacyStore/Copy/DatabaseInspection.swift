/// The facts about a database that can be found without changing it.
package struct DatabaseInspection: Sendable {
    /// Such as `SQLite 3.40.1`.
    package let product: String
    /// A file's path, or a server's host, port and database.
    package let place: String
    /// The newest migration that was applied, counted from 1; `nil` where no server has used the database yet.
    package let schemaStep: Int?
    /// Whether the last changes can only be read by changing the database's files, so that nothing more is known of it.
    package var hasUnreadLog = false
    /// The newest migration that this program knows.
    package static var knownStep: Int { Migrations.steps.count }

    /// Inspects a database. Blocks.
    /// - Parameter masterKey: is checked against a database of the newest schema version; `nil`: no key is checked.
    /// - Returns: `nil` where there is no file yet.
    /// - Throws: `DatabaseRefusal`, `StoreError`; `StoreError.wrongMasterKey` where the key does not fit, and
    ///   `StoreError.newerDatabase` where this program is too old.
    package static func inspect(
        _ place: DatabaseLocation, masterKey: MasterKeySource?
    ) throws -> DatabaseInspection? {
        switch place {
        case .file(let path):
            guard try SQLiteFile.exists(at: path) else { return nil }
            guard let name = SQLiteFile.readOnlyName(of: path) else {
                return DatabaseInspection(product: "SQLite", place: path, schemaStep: nil, hasUnreadLog: true)
            }
            let connection = try SQLiteConnection(path: name, role: .inspected)
            return try inspect(connection, at: path, masterKey: masterKey)
        #if PostgreSQL
        case .server(let url):
            let server = try PostgreSQLProbe.examine(url: url)
            let connection = try PostgreSQLConnection(url: url, role: .bulk)
            return try inspect(connection, at: server.place, masterKey: masterKey)
        #endif
        }
    }

    private static func inspect(
        _ connection: any CopiedConnection, at place: String, masterKey: MasterKeySource?
    ) throws -> DatabaseInspection {
        defer { connection.close() }
        try connection.beginReading()
        defer { if !connection.isIdle { try? connection.rollBack() } }
        let product = try DatabaseInspection.product(of: connection)
        guard try connection.hasTables() else {
            return DatabaseInspection(product: product, place: place, schemaStep: nil)
        }
        let step = try Migrations.version(of: connection)
        try Migrations.checkIsKnown(step, in: connection)
        if let masterKey, step == knownStep {
            // Opens the first wrapped key.
            _ = try AuditChainKeys(Keyring(source: masterKey), in: connection)
        }
        return DatabaseInspection(product: product, place: place, schemaStep: step)
    }

    /// The engine's name and version.
    static func product(of db: any SQLConnection) throws -> String {
        let server: SQL = .forPostgreSQL("SELECT current_setting('server_version')")
        if let version = try db.row(server, [], { try $0.text(0) }) { return "PostgreSQL \(version)" }
        let version = try db.row("SELECT sqlite_version()", []) { try $0.text(0) } ?? "of an unknown version"
        return "SQLite \(version)"
    }
}
