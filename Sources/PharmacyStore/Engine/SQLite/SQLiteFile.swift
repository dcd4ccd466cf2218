internal import Glibc

/// A database file before SQLite opens it. SQLite treats an empty file as a new database, which would hide the loss of one.
enum SQLiteFile {
    /// The length of the header and the offsets of its numbers (SQLite documentation, Database File Format, §1.3). All numbers
    /// are big-endian.
    private enum Header {
        static let length = 100
        static let magic = Array("SQLite format 3\u{0}".utf8)
        static let pageSize = 16
        static let changeCounter = 24
        static let pages = 28
        /// The change counter at which `pages` was written. A program that does not maintain it leaves an outdated value.
        static let pagesValidFor = 92
    }

    /// Whether there is a database file.
    /// - Throws: `DatabaseRefusal` for a file that is not a complete database; `StoreError.unavailable` for a file that cannot be
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
        // During an unfinished checkpoint the header may already count pages that the file does not have yet.
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

    /// Creates a database without tables, readable only by its owner whatever the process's umask and the directory's default
    /// access list are. The file gets its name only when SQLite has written its header, so that a crash leaves no empty file.
    /// Files that SQLite creates next to it get its mode.
    /// - Throws: `StoreError.unavailable`.
    static func make(at path: String) throws {
        let staged = path + ".making"
        for suffix in ["", "-wal", "-shm"] { unlink(staged + suffix) }
        let file = open(staged, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StoreError.unavailable("\(path) cannot be created (\(SystemReason.text(errno)))") }
        _ = close(file)
        defer { for suffix in ["", "-wal", "-shm"] { unlink(staged + suffix) } }
        // Turning the write-ahead log on writes and flushes the header.
        let connection = try SQLiteConnection(path: staged, role: .writer)
        connection.close()
        // `link` never replaces a file. Another process may have created the same database first.
        guard link(staged, path) == 0 || errno == EEXIST else {
            throw StoreError.unavailable("\(path) cannot be created (\(SystemReason.text(errno)))")
        }
        _ = DirectoryFlush.directory(of: path)
    }

    /// A name under which SQLite opens the file, with its write-ahead file, without writing to any file.
    /// - Returns: `nil` where the write-ahead file has no index, which SQLite would have to create.
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
