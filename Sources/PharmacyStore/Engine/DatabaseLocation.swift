/// Where a database is.
package enum DatabaseLocation: Sendable {
    /// The path of a SQLite file.
    case file(String)
    #if PostgreSQL
    /// The URL of a PostgreSQL database. It may contain a password.
    case server(url: String)
    #endif

    /// The path of a SQLite file; `nil` for any other database.
    package var file: String? {
        if case .file(let path) = self { path } else { nil }
    }

    /// Opens an engine of the smallest size, for a command.
    /// - Throws: `DatabaseRefusal`, `StoreError`.
    package func engine() throws -> any SQLEngine {
        switch self {
        case .file(let path): return try SQLiteEngine(path: path, readingThreads: 1, notifier: ChangeNotifier())
        #if PostgreSQL
        case .server(let url):
            let pool = ConnectionPoolSize(connections: StoreLimits.connections.lowerBound)
            return try PostgreSQLEngine(url: url, pool: pool, notifier: ChangeNotifier())
        #endif
        }
    }
}
