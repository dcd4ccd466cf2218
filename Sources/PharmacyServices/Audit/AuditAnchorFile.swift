internal import Glibc
internal import NIOPosix
internal import PharmacyStore

/// A file of anchors, one line of JSON each. Lines are only appended, and flushed to disk.
///
/// The file is opened for each line. It may be moved away at any time, and the next line then starts a new file. Several
/// processes may append to it.
package struct AuditAnchorFile: Sendable {
    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// Why a file cannot be used. The description contains no path.
    package struct Failure: LoggableError, CustomStringConvertible {
        package let description: String
        package var words: String { description }

        /// - Parameter code: the system's error number.
        init(_ failedStep: String, _ code: Int32 = errno) {
            description = "\(failedStep): \(String(cString: strerror(code)))"
        }

        init(description: String) { self.description = description }
    }

    // MARK: Writing

    /// Appends a line.
    /// - Throws: `Failure`. The file is unchanged, unless the flush failed.
    package func append(_ line: [UInt8]) async throws {
        try await NIOThreadPool.singleton.runIfActive { try appendNow(line) }
    }

    private func appendNow(_ line: [UInt8]) throws {
        let isNew = access(path, F_OK) != 0
        let file = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Failure("opening it failed") }
        defer { close(file) }
        // Closing the file releases the lock.
        while flock(file, LOCK_EX) != 0 {
            guard errno == EINTR else { throw Failure("locking it failed") }
        }
        let size = try AuditAnchorFile.removeTornLine(file)
        var rest = (line + [UInt8(ascii: "\n")])[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let code = errno
                // If this fails, the next append removes the torn line.
                _ = ftruncate(file, size)
                throw Failure("writing to it failed", code)
            }
            rest = rest.dropFirst(count)
        }
        guard fsync(file) == 0 else { throw Failure("flushing it failed") }
        // Not every file system supports this; the line itself is on disk.
        if isNew { _ = DirectoryFlush.directory(of: path) }
    }

    /// Removes a line without its end, which a crash has left and which was never confirmed.
    /// - Returns: the size of the file, in bytes.
    private static func removeTornLine(_ file: Int32) throws -> off_t {
        var status = stat()
        guard fstat(file, &status) == 0 else { throw Failure("reading its size failed") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Failure(description: "it is not a regular file") }
        guard status.st_size > 0 else { return 0 }
        let from = max(0, status.st_size - off_t(ServiceLimits.anchorLineBytes))
        let tail = try bytes(of: file, from: from, count: Int(status.st_size - from))
        guard let end = tail.lastIndex(of: UInt8(ascii: "\n")) else {
            guard from == 0 else { throw Failure(description: "it does not contain anchors") }
            guard ftruncate(file, 0) == 0 else { throw Failure("removing an unfinished line from it failed") }
            return 0
        }
        let size = from + off_t(end + 1)
        guard size == status.st_size || ftruncate(file, size) == 0 else {
            throw Failure("removing an unfinished line from it failed")
        }
        return size
    }

    private static func bytes(of file: Int32, from start: off_t, count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let read = bytes[filled...].withUnsafeMutableBytes {
                pread(file, $0.baseAddress, $0.count, start + off_t(filled))
            }
            if read < 0, errno == EINTR { continue }
            guard read >= 0 else { throw Failure("reading it failed") }
            if read == 0 { break }
            filled += read
        }
        return Array(bytes.prefix(filled))
    }

    // MARK: Reading

    /// Reads the lines at the end of the file; none where the file does not exist.
    /// - Throws: `Failure`.
    func newestLines() async throws -> [AuditAnchorLine] {
        try await NIOThreadPool.singleton.runIfActive {
            guard let file = try opened() else { return [] }
            defer { close(file) }
            let size = lseek(file, 0, SEEK_END)
            guard size >= 0 else { throw Failure("reading its size failed") }
            let from = max(0, size - off_t(ServiceLimits.anchorNewestBytes))
            let bytes = try AuditAnchorFile.bytes(of: file, from: from, count: Int(size - from))
            var reader = AuditAnchorReader()
            // The first bytes may be the end of a line.
            let start = from == 0 ? 0 : (bytes.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count)
            return reader.lines(in: bytes[start...])
        }
    }

    /// Whether the file exists.
    package var exists: Bool { access(path, F_OK) == 0 }

    /// Reads all lines in batches.
    /// - Throws: `Failure`, also where the file does not exist.
    func read(_ body: ([AuditAnchorLine]) async throws -> Void) async throws {
        let found = try await NIOThreadPool.singleton.runIfActive { try opened() }
        guard let file = found else { throw Failure("opening it failed", ENOENT) }
        defer { close(file) }
        var reader = AuditAnchorReader()
        var position: off_t = 0
        while true {
            let start = position
            let bytes = try await NIOThreadPool.singleton.runIfActive {
                try AuditAnchorFile.bytes(of: file, from: start, count: ServiceLimits.anchorReadBytes)
            }
            if bytes.isEmpty { return }
            position += off_t(bytes.count)
            let lines = reader.lines(in: bytes[...])
            if !lines.isEmpty { try await body(lines) }
        }
    }

    /// `nil` where the file does not exist.
    private func opened() throws -> Int32? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        if file < 0, errno == ENOENT { return nil }
        guard file >= 0 else { throw Failure("opening it failed") }
        return file
    }
}
