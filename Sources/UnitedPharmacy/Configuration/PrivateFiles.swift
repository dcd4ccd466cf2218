internal import FoundationEssentials
internal import Glibc

/// The files of an installation. Only the server's user may access them: they contain patients' records, keys, and the
/// evidence of altered records.
struct PrivateFiles {
    /// Sentences for the operator.
    struct Findings: Hashable {
        /// Lists files from which the access of other users was removed.
        var notice: String?
        /// Lists files that other users can still access.
        var warning: String?
    }

    private let directory: DataDirectory
    /// Files of the installation outside the data directory.
    private let others: [String]

    init(_ configuration: ServerConfiguration, in directory: DataDirectory) {
        self.directory = directory
        others = [configuration.masterKeyFile, configuration.auditAnchorFile].compactMap(\.self)
    }

    /// Prefixes of the names of the installation's files. Each file may have companions, such as a write-ahead log.
    private static let names = [
        DataDirectory.databaseName, DataDirectory.masterKeyName, "incarnation", "audit-anchors.log", "server.lock",
    ]

    /// Removes the access of other users from the data directory and the installation's files. Files of other users and
    /// the targets of symbolic links are not changed.
    func tighten() -> Findings {
        var (tightened, unchanged): ([String], [String]) = ([], [])
        for path in [directory.path] + ours() + others {
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & 0o077 != 0 else { continue }
            let isDone = isPlainAndOurs(path) && chmod(path, status.st_mode & 0o7700) == 0
            if isDone { tightened.append(path) } else { unchanged.append(path) }
        }
        let notice =
            tightened.isEmpty
            ? nil : "Removed the access of other users to: \(tightened.joined(separator: ", "))."
        let warning =
            unchanged.isEmpty
            ? nil
            : "Other users have access to files that this server does not change. Remove it with chmod go=, or make "
                + "the "
                + "server's user their owner: \(unchanged.joined(separator: ", "))."
        return Findings(notice: notice, warning: warning)
    }

    private func ours() -> [String] {
        let found = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return found.filter { name in PrivateFiles.names.contains(where: name.hasPrefix) }.sorted()
            .map { directory.path + "/" + $0 }
    }

    /// Whether a path is a regular file of this process's user, or a directory of that user for the installation alone.
    /// A directory with the sticky bit, such as /tmp, or with subdirectories, such as a home directory, serves other
    /// purposes.
    private func isPlainAndOurs(_ path: String) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_uid == geteuid() else { return false }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return true
        case S_IFDIR: return status.st_mode & S_ISVTX == 0 && !hasDirectories(path)
        default: return false
        }
    }

    private func hasDirectories(_ path: String) -> Bool {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return true }
        return names.contains { name in
            var status = stat()
            // The root of a volume contains this directory of the file system.
            return name != "lost+found" && lstat(path + "/" + name, &status) == 0
                && status.st_mode & S_IFMT == S_IFDIR
        }
    }
}
