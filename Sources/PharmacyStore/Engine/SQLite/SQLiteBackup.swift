internal import Glibc

/// Copies of whole SQLite databases, made also while a server writes (SQLite documentation, Online Backup API).
package enum SQLiteBackup {
    /// Copies a database as it is at one moment. The copy stands under its name only when it is whole, checked and
    /// durable; for its owner alone. Blocks.
    /// - Parameter keys: whether the wrapped keys are copied, too. Without them the copy holds no trace of them.
    /// - Throws: `StoreError.unavailable` where one of the files cannot be opened or written, or where `destination` is
    ///   there already; `StoreError.broken` where the source is not a sound database of this program.
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
        // Never in the place of another file.
        guard link(partial, destination) == 0 else {
            throw StoreError.unavailable(
                errno == EEXIST
                    ? "\(destination) is there already" : "\(destination) cannot be written (\(SystemReason.text()))")
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
        // One file, which can be read from where nothing can be written.
        try to.execute("PRAGMA journal_mode = DELETE")
        if !keys {
            // A journal would hold what is removed, and a copy that is broken off is thrown away. Pages are overwritten, and
            // then written again without those that are free: what the source has freed before may be in them.
            try to.execute("PRAGMA journal_mode = OFF")
            try to.execute("PRAGMA secure_delete = ON")
            try to.execute("DELETE FROM wrapped_keys")
            try to.execute("VACUUM")
        }
        guard try to.rows("PRAGMA integrity_check", [], { try $0.text(0) }) == ["ok"],
            try to.rows("PRAGMA foreign_key_check", [], { _ in true }).isEmpty
        else { throw StoreError.broken(StoreFault(.damaged, "\(source) is damaged: restore a backup")) }
    }

    /// A copy has been nowhere: whatever it is put in the place of, also of a file whose inode it takes over, it begins a
    /// new epoch when it is opened. One of an older version has no epoch yet.
    private static func forgetOrigin(of copy: SQLiteConnection) throws {
        let hasEpoch = try copy.row("SELECT 1 FROM sqlite_schema WHERE name = 'incarnation'", []) { _ in true }
        if hasEpoch == true { try copy.run("UPDATE incarnation SET origin = NULL", []) }
    }
}
