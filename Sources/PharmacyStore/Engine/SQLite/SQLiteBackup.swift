internal import Glibc

/// Copies whole SQLite databases, also while a server writes (SQLite documentation, Online Backup API).
package enum SQLiteBackup {
    /// Copies a database as it is at one point in time. The copy gets its name only when it is complete, checked and durable. Only its
    /// owner can read it. Blocks.
    /// - Parameter keys: whether the wrapped keys are copied, too. Without them the copy contains no trace of them.
    /// - Throws: `StoreError.unavailable` where a file cannot be opened or written, or where `destination` exists;
    ///   `StoreError.broken` where the source is damaged or no database of this program.
    package static func copy(_ source: String, to destination: String, keys: Bool = true) throws {
        let partial = destination + ".partial"
        unlink(partial)
        let file = open(partial, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw StoreError.unavailable("\(destination) cannot be written (\(SystemReason.text()))")
        }
        _ = close(file)
        defer { unlink(partial) }
        try copyPages(of: source, to: partial, keys: keys)
        // `link` never replaces a file.
        guard link(partial, destination) == 0 else {
            throw StoreError.unavailable(
                errno == EEXIST
                    ? "\(destination) already exists" : "\(destination) cannot be written (\(SystemReason.text()))")
        }
        guard DirectoryFlush.directory(of: destination) else {
            throw StoreError.unavailable("\(destination) cannot be made durable (\(SystemReason.text()))")
        }
    }

    private static func copyPages(of source: String, to destination: String, keys: Bool) throws {
        let from = try SQLiteConnection(path: source, role: .original)
        defer { from.close() }
        let to = try SQLiteConnection(path: destination, role: .copy)
        defer { to.close() }
        guard try from.row("SELECT 1 FROM sqlite_schema WHERE name = 'schema_versions'", [], { _ in true }) == true
        else { throw StoreError.broken("\(source) is not a database of this program") }
        try from.copyPages(to: to)
        try forgetOrigin(of: to)
        // One file, which can also be read from a read-only file system.
        try to.execute("PRAGMA journal_mode = DELETE")
        if !keys {
            // A journal would contain the removed keys, and needs no protection: an interrupted copy is deleted. Free pages may
            // contain what the source has removed, so the file is also written again without them.
            try to.execute("PRAGMA journal_mode = OFF")
            try to.execute("PRAGMA secure_delete = ON")
            try to.execute("DELETE FROM wrapped_keys")
            try to.execute("VACUUM")
        }
        guard try to.rows("PRAGMA integrity_check", [], { try $0.text(0) }) == ["ok"],
            try to.rows("PRAGMA foreign_key_check", [], { _ in true }).isEmpty
        else { throw StoreError.broken(StoreFault(.damaged, "\(source) is damaged: restore a backup")) }
    }

    /// Removes the origin from a copy, so that it begins a new epoch when it is opened, even where it takes over another file's
    /// inode. A copy of an older version has no epoch yet.
    private static func forgetOrigin(of copy: SQLiteConnection) throws {
        let hasEpoch = try copy.row("SELECT 1 FROM sqlite_schema WHERE name = 'incarnation'", []) { _ in true }
        if hasEpoch == true { try copy.run("UPDATE incarnation SET origin = NULL", []) }
    }
}
