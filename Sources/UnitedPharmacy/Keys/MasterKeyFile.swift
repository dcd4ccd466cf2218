internal import FoundationEssentials
internal import Glibc
internal import PharmacyDomain
internal import PharmacyStore

/// The file of the master key, which only its owner may read.
///
/// A rotation writes the next key to a second file, rewraps the data keys in the database, renames the old file, and
/// renames the second file to the first. In this order, one of the two files contains the key of the database at every
/// moment. If a crash interrupts the rotation, the next process that opens the installation completes it.
struct MasterKeyFile: Sendable, Hashable {
    let path: String

    private var nextPath: String { path + ".next" }

    /// - Throws: `ConfigurationError`.
    func read() throws -> [UInt8] {
        guard let bytes = MasterKeyFile.contents(path) else {
            throw ConfigurationError(
                description: "The master key file \(path) must hold 32 bytes in base64 or hexadecimal.")
        }
        return bytes
    }

    /// The keys that may be the current one.
    func candidates() -> [[UInt8]] { [path, nextPath].compactMap(MasterKeyFile.contents) }

    private static func contents(_ path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: path)
            .flatMap { MasterKeyText.parse(String(decoding: $0, as: UTF8.self).trimmed) }
    }

    /// Creates the file and flushes it to disk before the key is used.
    /// - Throws: `ConfigurationError`, also if the file exists.
    func create(_ bytes: [UInt8]) throws { try MasterKeyFile.write(bytes, to: path, owner: nil) }

    // MARK: Rotation

    /// Prevents other processes from rotating the key at the same time.
    /// - Throws: `CommandError`.
    func lock() throws -> FileLock {
        do {
            return try FileLock(path: path + ".lock")
        } catch .heldElsewhere {
            throw CommandError(description: "Another command is rotating the master key \(path).")
        } catch .cannotOpen {
            throw CommandError(
                description: "The master key \(path) cannot be rotated: its directory is not writable.")
        }
    }

    /// Writes the next key. The database must not use a next key that was written earlier.
    func writeNext(_ bytes: [UInt8]) throws {
        var owner = stat()
        guard stat(path, &owner) == 0 else {
            throw ConfigurationError(description: "The master key file \(path) is missing.")
        }
        unlink(nextPath)
        try MasterKeyFile.write(bytes, to: nextPath, owner: owner)
    }

    /// The next key of an incomplete rotation; `nil` if there is none.
    func next() -> [UInt8]? { MasterKeyFile.contents(nextPath) }

    /// Renames the next file to `path`. The old file gets another name, because earlier backups need its key.
    /// - Returns: the path of the old file.
    func adoptNext(at now: Timestamp) throws -> String {
        let previous = previousPath(at: now)
        guard link(path, previous) == 0, rename(nextPath, path) == 0 else {
            throw CommandError(
                description: "The master key is now the one in \(nextPath), which could not be renamed to \(path).")
        }
        MasterKeyFile.syncDirectory(of: path)
        return previous
    }

    /// The key in the file; `nil` if it contains none.
    func bytes() -> [UInt8]? { MasterKeyFile.contents(path) }

    /// The files of previous keys, oldest first.
    /// - Throws: `CommandError`.
    func previousPaths() throws -> [String] {
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let prefix = MasterKeyFile.name(of: path) + ".until-"
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory.isEmpty ? "/" : directory)
                .filter { $0.hasPrefix(prefix) }.sorted().map { directory + "/" + $0 }
        } catch {
            throw CommandError(description: "The directory of the master key \(path) cannot be read.")
        }
    }

    static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    /// A path that does not exist: every previous key is retained.
    private func previousPath(at now: Timestamp) -> String {
        let name = "\(path).until-\(now.seconds)"
        var free = name
        var number = 1
        while access(free, F_OK) == 0 {
            number += 1
            free = "\(name)-\(number)"
        }
        return free
    }

    /// - Parameter owner: the status of a file whose owner the new file gets; `nil`: this process's user.
    private static func write(_ bytes: [UInt8], to path: String, owner: stat?) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw ConfigurationError(
                description: errno == EEXIST
                    ? "The file \(path) exists already." : "The master key file \(path) cannot be created.")
        }
        defer { close(file) }
        let text = Array((Data(bytes).base64EncodedString() + "\n").utf8)
        let isOwned = owner.map { $0.st_uid == geteuid() || fchown(file, $0.st_uid, $0.st_gid) == 0 } ?? true
        guard isOwned, Glibc.write(file, text, text.count) == text.count, fsync(file) == 0 else {
            unlink(path)
            throw ConfigurationError(description: "The master key file \(path) cannot be written.")
        }
        syncDirectory(of: path)
    }

    /// Flushes the directory entry, so that a power failure cannot leave a database without its key. Not all file
    /// systems support that, so a failure is ignored.
    private static func syncDirectory(of path: String) { _ = DirectoryFlush.directory(of: path) }
}
