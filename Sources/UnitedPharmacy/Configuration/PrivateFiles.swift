internal import FoundationEssentials
internal import Glibc

/// The files of an installation, which only the user that the server runs as may read: they hold patients' records, keys, and
/// what tells that records were altered.
struct PrivateFiles {
    /// What was found, a sentence each.
    struct Findings: Hashable {
        /// That others lost their rights to files.
        var notice: String?
        /// That others have rights that this process cannot take from them.
        var warning: String?
    }

    private let directory: DataDirectory
    /// Files of the installation elsewhere.
    private let others: [String]

    init(_ configuration: ServerConfiguration, in directory: DataDirectory) {
        self.directory = directory
        others = [configuration.masterKeyFile, configuration.auditAnchorFile].compactMap(\.self)
    }

    /// How the names of our files in the data directory begin: each may have others beside it, such as a write-ahead file.
    private static let names = [
        DataDirectory.databaseName, DataDirectory.masterKeyName, "incarnation", "audit-anchors.log", "server.lock",
    ]

    /// Takes the rights of others from the data directory and the files of ours that were made with them: by an earlier
    /// version, by a copy, or by hand. Files of other users, and what a symbolic link points to, are left as they are.
    func tighten() -> Findings {
        var (tightened, left): ([String], [String]) = ([], [])
        for path in [directory.path] + ours() + others {
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & 0o077 != 0 else { continue }
            let isDone = isPlainAndOurs(path) && chmod(path, status.st_mode & 0o7700) == 0
            if isDone { tightened.append(path) } else { left.append(path) }
        }
        let notice =
            tightened.isEmpty
            ? nil : "Other users had rights to these, and have none any more: \(tightened.joined(separator: ", "))."
        let warning =
            left.isEmpty
            ? nil
            : "Other users have rights to these, which this server cannot or must not change (chmod go= them, or make them "
                + "the server's own): \(left.joined(separator: ", "))."
        return Findings(notice: notice, warning: warning)
    }

    private func ours() -> [String] {
        let found = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return found.filter { name in PrivateFiles.names.contains(where: name.hasPrefix) }.sorted()
            .map { directory.path + "/" + $0 }
    }

    /// A file of this process's user, or a directory that serves nothing else: one that everybody may write to, such as /tmp,
    /// and one that has others in it, such as a home directory, do.
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
            // The root of a volume has one that is the file system's own.
            return name != "lost+found" && lstat(path + "/" + name, &status) == 0
                && status.st_mode & S_IFMT == S_IFDIR
        }
    }
}
