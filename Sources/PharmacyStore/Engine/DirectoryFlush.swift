internal import Glibc

/// Makes file names durable: a file that was flushed can still lose its name in a power failure.
package enum DirectoryFlush {
    /// Flushes the directory that contains `path`.
    /// - Returns: whether it was flushed; not every file system supports it.
    package static func directory(of path: String) -> Bool {
        let name = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let directory = open(name.isEmpty ? "/" : name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return false }
        defer { close(directory) }
        return fsync(directory) == 0
    }
}
