internal import FoundationEssentials
internal import PharmacyStore

/// A database as the operator names it: by the URL of a PostgreSQL database, or by the path of a SQLite file or of the
/// data directory that it lies in.
struct DatabaseLocation {
    let place: InstallationPlace
    /// The path of a SQLite file; `nil` for any other database.
    let file: String?
    /// The data directory that a server would find the file in; `nil` for any other database.
    let directory: String?

    /// Reads `postgres://…`, `sqlite:PATH` or a path. A path is a data directory's, unless there is a file or its name
    /// ends in `.sqlite`.
    /// - Parameters:
    ///   - option: names it in the error, as in `--from`.
    ///   - allowingPlaintext: whether a database on another machine may be reached without encryption.
    /// - Throws: `ConfigurationError`, which does not hold the text: there may be a password in it.
    init(_ text: String, option: String, allowingPlaintext: Bool) throws {
        if ["postgres://", "postgresql://"].contains(where: text.hasPrefix) {
            #if PostgreSQL
            try DatabaseLocation.encryption(of: text, option: option, allowingPlaintext: allowingPlaintext)
            place = .server(url: text)
            (file, directory) = (nil, nil)
            return
            #else
            throw ConfigurationError(
                description: "\(option) cannot name a PostgreSQL database: this program was built where there was no "
                    + "libpq.")
            #endif
        }
        let scheme = "sqlite:"
        var path = text.hasPrefix(scheme) ? String(text.dropFirst(scheme.count)) : text
        guard !path.isEmpty, !path.contains("://") else {
            throw ConfigurationError(
                description: "\(option) must be a URL like postgres://user@host/database, or the path of a data "
                    + "directory or of a SQLite file.")
        }
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        if DatabaseLocation.isDirectory(path) ?? !path.hasSuffix(".sqlite") {
            directory = path
            path += "/" + DataDirectory.databaseName
        } else {
            let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            let isInDataDirectory = parts.last == DataDirectory.databaseName
            directory = isInDataDirectory ? parts.count == 1 ? "." : parts.dropLast().joined(separator: "/") : nil
        }
        file = path
        place = .file(path)
    }

    /// `nil` where nothing has this path.
    private static func isDirectory(_ path: String) -> Bool? {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) ? isDirectory : nil
    }

    /// Opens the database for what runs on any engine.
    func engine() throws -> any SQLEngine {
        switch place {
        case .file(let path): return try SQLiteEngine(path: path, readingThreads: 1, notifier: ChangeNotifier())
        #if PostgreSQL
        case .server(let url):
            let pool = ConnectionPoolSize(connections: StoreLimits.connections.lowerBound)
            return try PostgreSQLEngine(url: url, pool: pool, notifier: ChangeNotifier())
        #endif
        }
    }
}
