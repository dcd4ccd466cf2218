internal import Glibc

/// A database file as the file system shows it, before SQLite opens it: SQLite takes an empty file for a new database, which
/// would hide that one was lost.
enum SQLiteFile {
    /// Length of the header, and where in it lie the numbers that are looked at (SQLite documentation, Database File Format,
    /// §1.3). All are big-endian.
    private enum Header {
        static let length = 100
        static let magic = Array("SQLite format 3\u{0}".utf8)
        static let pageSize = 16
        static let changeCounter = 24
        static let pages = 28
        /// The change counter at which `pages` was written: another program may have left it behind.
        static let pagesValidFor = 92
    }

    /// Whether there is a database file.
    /// - Throws: `DatabaseRefusal` for a file that is no database any more, `StoreError.unavailable` for one that cannot be
    ///   read.
    static func exists(at path: String) throws -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw unreadable(path, errno) }
            return false
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw DatabaseRefusal.strangeFile(path: path) }
        guard status.st_size > 0 else { throw DatabaseRefusal.emptyFile(path: path) }
        let header = try header(of: path)
        guard header.starts(with: Header.magic.prefix(header.count)) else {
            throw DatabaseRefusal.strangeFile(path: path)
        }
        guard header.count == Header.length else {
            throw DatabaseRefusal.truncatedFile(
                path: path, bytes: Int64(status.st_size), expected: Int64(Header.length))
        }
        // What a checkpoint has begun to bring in makes the header run ahead of the file until it is done again.
        guard !hasLog(path), number(header, Header.changeCounter) == number(header, Header.pagesValidFor) else {
            return true
        }
        let size = Int64(header[Header.pageSize]) << 8 | Int64(header[Header.pageSize + 1])
        let expected = number(header, Header.pages) * (size == 1 ? 65_536 : size)
        guard status.st_size >= expected else {
            throw DatabaseRefusal.truncatedFile(path: path, bytes: Int64(status.st_size), expected: expected)
        }
        return true
    }

    /// Makes a database without tables, for its owner alone whatever the process's umask and the directory's default access
    /// list say. The file stands under its name only when SQLite has written its header: a crash leaves no empty file. Files
    /// that SQLite makes beside it get its mode.
    /// - Throws: `StoreError.unavailable`.
    static func make(at path: String) throws {
        let staged = path + ".making"
        for suffix in ["", "-wal", "-shm"] { unlink(staged + suffix) }
        let file = open(staged, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StoreError.unavailable("\(path) cannot be made (\(SystemReason.text(errno)))") }
        _ = close(file)
        defer { for suffix in ["", "-wal", "-shm"] { unlink(staged + suffix) } }
        // To turn the write-ahead log on writes the header, flushed.
        let connection = try SQLiteConnection(path: staged, role: .writer)
        connection.close()
        // Never in the place of another file: a process that came first has made the same.
        guard link(staged, path) == 0 || errno == EEXIST else {
            throw StoreError.unavailable("\(path) cannot be made (\(SystemReason.text(errno)))")
        }
        _ = DirectoryFlush.directory(of: path)
    }

    /// A name under which SQLite opens the file without writing anything, neither into it nor beside it. What a write-ahead
    /// file holds is read too.
    /// - Returns: `nil` where there is one without its index, which SQLite would have to make.
    static func readOnlyName(of path: String) -> String? {
        guard !hasLog(path) || access(path + "-shm", F_OK) == 0 else { return nil }
        let way = hasLog(path) ? "readonly_shm=1" : "immutable=1"
        let escaped = path.replacing("%", with: "%25").replacing("?", with: "%3f").replacing("#", with: "%23")
        return "file:\(escaped)?mode=ro&\(way)"
    }

    private static func hasLog(_ path: String) -> Bool {
        var status = stat()
        return stat(path + "-wal", &status) == 0 && status.st_size > 0
    }

    private static func header(of path: String) throws -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw unreadable(path, errno) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: Header.length)
        let count = read(file, &bytes, bytes.count)
        guard count >= 0 else { throw unreadable(path, errno) }
        return Array(bytes.prefix(count))
    }

    private static func number(_ header: [UInt8], _ offset: Int) -> Int64 {
        header[offset..<offset + 4].reduce(0) { $0 << 8 | Int64($1) }
    }

    private static func unreadable(_ path: String, _ code: Int32) -> StoreError {
        .unavailable("\(path) cannot be read (\(SystemReason.text(code)))")
    }
}
