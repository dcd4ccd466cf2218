internal import FoundationEssentials
internal import Glibc

extension DatabaseLocation {
    /// Opens the database as the source of a copy.
    /// - Throws: `CopyError.nothing` where no file has the path.
    func openAsCopySource() throws -> any CopiedConnection {
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

    /// Creates the copy: calls `fill` with an empty database, to which `fill` commits all of its changes or none.
    ///
    /// A file is staged under another name and gets its own only when it is complete, checked and durable. Only its owner can
    /// read it.
    /// - Throws: `CopyError.taken` where a file has the path.
    func makeCopy<Value>(_ fill: (any CopiedConnection) throws -> Value) throws -> Value {
        switch self {
        case .file(let path):
            guard !FileManager.default.fileExists(atPath: path) else { throw CopyError.taken(path) }
            let staged = path + ".copying"
            DatabaseLocation.remove(staged)
            let file = open(staged, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw StoreError.unavailable("\(path) cannot be written (\(SystemReason.text()))") }
            _ = close(file)
            defer { DatabaseLocation.remove(staged) }
            let value = try DatabaseLocation.fillStagedFile(staged, fill)
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

    /// Nothing is flushed here: a staged file that a power failure damages is deleted and made again.
    private static func fillStagedFile<Value>(
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
