internal import Glibc
internal import PharmacyStore

/// Writes and destroys files that only their owner may access.
enum PrivateFile {
    /// Creates a file and flushes it and its directory entry to disk.
    /// - Throws: `CommandError`, also if the file exists.
    static func write(_ bytes: [UInt8], to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw CommandError(
                description: errno == EEXIST
                    ? "The file \(path) exists already." : "The file \(path) cannot be created.")
        }
        defer { close(file) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { break }
            rest = rest.dropFirst(max(0, count))
        }
        guard rest.isEmpty, fsync(file) == 0, DirectoryFlush.directory(of: path) else {
            unlink(path)
            throw CommandError(description: "The file \(path) cannot be written.")
        }
    }

    /// Overwrites a file in place and removes it. Copy-on-write file systems, snapshots and spare blocks of flash
    /// storage may still contain the data.
    /// - Throws: `CommandError`.
    static func destroy(_ path: String) throws {
        let file = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { throw CommandError(description: "The file \(path) cannot be opened.") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw CommandError(description: "The file \(path) cannot be read.") }
        let zeros = [UInt8](repeating: 0, count: Int(status.st_size))
        guard pwrite(file, zeros, zeros.count, 0) == zeros.count, fsync(file) == 0, unlink(path) == 0 else {
            throw CommandError(description: "The file \(path) cannot be overwritten and removed.")
        }
        _ = DirectoryFlush.directory(of: path)
    }
}
