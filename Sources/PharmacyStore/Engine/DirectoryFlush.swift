internal import Glibc

/// Makes names durable: a file that was flushed can still lose its name with the power.
package enum DirectoryFlush {
    /// Flushes the directory that `path` lies in.
    /// - Returns: whether it is on the disk; not every file system can do it.
    package static func directory(of path: String) -> Bool {
        let name = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let directory = open(name.isEmpty ? "/" : name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return false }
        defer { close(directory) }
        return fsync(directory) == 0
    }
}
