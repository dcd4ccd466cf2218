internal import CSQLite
internal import Glibc
internal import PharmacyDomain

/// Copies of whole SQLite databases, made also while a server writes (SQLite documentation, Online Backup API).
package enum SQLiteBackup {
    /// Copies a database as it is at one moment. The copy stands under its name only when it is whole, checked and
    /// durable; for its owner alone. Blocks.
    /// - Throws: `StoreError.unavailable` where one of the files cannot be opened or written, or where `destination` is
    ///   there already; `StoreError.broken` where the source is not a sound database of this program.
    package static func copy(_ source: String, to destination: String) throws {
        let partial = destination + ".partial"
        unlink(partial)
        let file = Glibc.open(partial, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StoreError.unavailable("\(destination) cannot be written") }
        _ = close(file)
        defer { unlink(partial) }
        try copyPages(of: source, to: partial)
        // Never in the place of another file.
        guard link(partial, destination) == 0 else {
            throw StoreError.unavailable(
                errno == EEXIST ? "\(destination) is there already" : "\(destination) cannot be written")
        }
        try flushDirectory(of: destination)
    }

    private static func copyPages(of source: String, to destination: String) throws {
        let from = try SQLiteBackup.open(source, SQLITE_OPEN_READONLY)
        defer { sqlite3_close_v2(from) }
        let to = try SQLiteBackup.open(destination, SQLITE_OPEN_READWRITE)
        defer { sqlite3_close_v2(to) }
        guard
            try SQLiteBackup.texts("SELECT name FROM sqlite_schema WHERE name = 'schema_versions'", on: from).count == 1
        else { throw StoreError.broken("\(source) is not a database of this program") }
        guard let backup = sqlite3_backup_init(to, "main", from, "main") else {
            throw StoreError.unavailable("\(destination) cannot be written")
        }
        // All of it in one step: in WAL mode this holds up no writer.
        let code = sqlite3_backup_step(backup, -1)
        guard sqlite3_backup_finish(backup) == SQLITE_OK, code == SQLITE_DONE else {
            throw StoreError.unavailable("the copy failed (\(String(cString: sqlite3_errstr(code))))")
        }
        // One file, which can be read from where nothing can be written.
        guard try texts("PRAGMA journal_mode = DELETE", on: to) == ["delete"] else {
            throw StoreError.unavailable("the copy could not be finished")
        }
        guard try texts("PRAGMA integrity_check", on: to) == ["ok"],
            try texts("PRAGMA foreign_key_check", on: to).isEmpty
        else { throw StoreError.broken("\(source) is damaged") }
    }

    private static func open(_ path: String, _ flags: Int32) throws -> OpaquePointer {
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let opened else {
            sqlite3_close_v2(opened)
            throw StoreError.unavailable("\(path) cannot be opened")
        }
        sqlite3_busy_timeout(opened, Int32(StoreLimits.busyTimeout.milliseconds))
        return opened
    }

    /// The first column of a statement's rows.
    private static func texts(_ sql: String, on handle: OpaquePointer) throws -> [String] {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else {
            throw StoreError.broken("the file is not a sound database")
        }
        defer { sqlite3_finalize(statement) }
        var texts: [String] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: texts.append(sqlite3_column_text(statement, 0).map { String(cString: $0) } ?? "")
            case SQLITE_DONE: return texts
            default: throw StoreError.broken("the file is not a sound database")
            }
        }
    }

    /// Makes the name of a new file as durable as the file.
    private static func flushDirectory(of path: String) throws {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let parent = parts.dropLast().joined(separator: "/")
        let directory = Glibc.open(parent.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : parent, O_RDONLY | O_CLOEXEC)
        guard directory >= 0 else { throw StoreError.unavailable("\(path) cannot be made durable") }
        defer { _ = close(directory) }
        guard fsync(directory) == 0 else { throw StoreError.unavailable("\(path) cannot be made durable") }
    }
}
