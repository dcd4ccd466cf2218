internal import FoundationEssentials
internal import Glibc
internal import PharmacyDomain
internal import PharmacyStore

/// A file that holds the master key, which its owner alone may read.
///
/// It is replaced in this order, so that at every moment one of the two files holds the key that opens the database:
/// the next key is written beside it, the database takes that key, the old file gets another name, and the next file
/// takes its place. What a crash leaves undone, the next to open the installation does.
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

    /// The keys that may be the one in force.
    func candidates() -> [[UInt8]] { [path, nextPath].compactMap(MasterKeyFile.contents) }

    private static func contents(_ path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: path)
            .flatMap { MasterKey.parse(String(decoding: $0, as: UTF8.self).trimmed) }
    }

    /// Writes a new file, and sees it onto the disk before anything is sealed with it.
    /// - Throws: `ConfigurationError`, also when there is such a file.
    func create(_ bytes: [UInt8]) throws { try MasterKeyFile.write(bytes, to: path, owner: nil) }

    // MARK: Replacing it

    /// Keeps others from replacing the file at the same time.
    /// - Throws: `CommandError`.
    func lock() throws -> FileLock {
        do {
            return try FileLock(path: path + ".lock")
        } catch .heldElsewhere {
            throw CommandError(description: "The master key \(path) is being replaced by another command.")
        } catch .noFile {
            throw CommandError(
                description: "The master key \(path) cannot be replaced: its directory cannot be written.")
        }
    }

    /// Writes the key that is to come. The database must not have taken one that was written before.
    func writeNext(_ bytes: [UInt8]) throws {
        var owner = stat()
        guard stat(path, &owner) == 0 else {
            throw ConfigurationError(description: "The master key file \(path) is missing.")
        }
        unlink(nextPath)
        try MasterKeyFile.write(bytes, to: nextPath, owner: owner)
    }

    /// The key that was to come, where its file is still there.
    func next() -> [UInt8]? { MasterKeyFile.contents(nextPath) }

    /// Puts the next file in the place of the old, which is kept under another name: backups made before need it.
    /// - Returns: that name.
    func adoptNext(at now: Timestamp) throws -> String {
        let kept = keptPath(at: now)
        guard link(path, kept) == 0, rename(nextPath, path) == 0 else {
            throw CommandError(
                description: "The master key is now the one in \(nextPath), which could not be renamed to \(path).")
        }
        MasterKeyFile.syncDirectory(of: path)
        return kept
    }

    /// The key that the file holds; `nil` where it holds none.
    func bytes() -> [UInt8]? { MasterKeyFile.contents(path) }

    /// The files of keys that were replaced, oldest first.
    /// - Throws: `CommandError`.
    func replacedPaths() throws -> [String] {
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

    /// A name that nothing has: each key that was in force is kept.
    private func keptPath(at now: Timestamp) -> String {
        let name = "\(path).until-\(now.seconds)"
        var free = name
        var number = 1
        while access(free, F_OK) == 0 {
            number += 1
            free = "\(name)-\(number)"
        }
        return free
    }

    /// - Parameter owner: who gets the file, where that is somebody else.
    private static func write(_ bytes: [UInt8], to path: String, owner: stat?) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw ConfigurationError(
                description: errno == EEXIST
                    ? "There is a file \(path) already." : "The master key file \(path) cannot be made.")
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

    /// A file's name too must be on the disk, or a power cut could leave a database without its key. Where the file
    /// system cannot do it, the key itself is there.
    private static func syncDirectory(of path: String) { _ = DirectoryFlush.directory(of: path) }
}
