internal import FoundationEssentials
internal import Glibc

/// A database that a copy of the whole installation is made of, or in.
package enum InstallationPlace: Sendable {
    /// A SQLite file.
    case file(String)
    #if PostgreSQL
    /// A PostgreSQL database by its URL.
    case server(url: String)
    #endif

    /// Opens what is copied.
    func original() throws -> any CopiedConnection {
        switch self {
        case .file(let path):
            guard FileManager.default.fileExists(atPath: path) else { throw CopyError.nothing(path) }
            return try SQLiteConnection(path: path, role: .original)
        #if PostgreSQL
        case .server(let url):
            try PostgreSQLProbe.examine(url: url)
            return try PostgreSQLConnection.forCopy(url: url)
        #endif
        }
    }

    /// Hands an empty database to `fill`, which keeps all or nothing of what it does. A file stands under its name only
    /// when it is whole, checked and durable; for its owner alone.
    func made<Value>(_ fill: (any CopiedConnection) throws -> Value) throws -> Value {
        switch self {
        case .file(let path):
            guard !FileManager.default.fileExists(atPath: path) else { throw CopyError.taken(path) }
            let staged = path + ".copying"
            InstallationPlace.remove(staged)
            let file = open(staged, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw StoreError.unavailable("\(path) cannot be written (\(SystemReason.text()))") }
            _ = close(file)
            defer { InstallationPlace.remove(staged) }
            let value = try InstallationPlace.filled(staged, fill)
            try SQLiteBackup.copy(staged, to: path)
            return value
        #if PostgreSQL
        case .server(let url):
            try PostgreSQLProbe.examine(url: url)
            let connection = try PostgreSQLConnection.forCopy(url: url)
            defer { connection.close() }
            return try fill(connection)
        #endif
        }
    }

    /// What is staged is gone with the power, and then made again: it need not be flushed.
    private static func filled<Value>(
        _ path: String, _ fill: (any CopiedConnection) throws -> Value
    ) throws -> Value {
        let connection = try SQLiteConnection(path: path, role: .copy)
        defer { connection.close() }
        try connection.execute("PRAGMA synchronous = OFF")
        try connection.execute("PRAGMA foreign_keys = ON")
        try connection.execute("PRAGMA cache_size = -65536")
        return try fill(connection)
    }

    private static func remove(_ path: String) {
        for suffix in ["", "-journal"] { unlink(path + suffix) }
    }
}
