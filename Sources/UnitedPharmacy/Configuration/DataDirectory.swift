internal import FoundationEssentials

/// The directory of the database, the key file and the other files of an installation.
struct DataDirectory {
    let path: String

    /// A directory that may not exist.
    init(unchecked path: String) { self.path = path }

    /// Files of an earlier installation other than the database.
    var traces: [String] {
        [masterKeyPath, incarnationFile.path, auditAnchorPath].filter(FileManager.default.fileExists(atPath:))
    }

    /// Creates the directory, accessible only to its owner, if it does not exist.
    /// - Throws: `ConfigurationError`.
    init(path: String) throws {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw ConfigurationError(description: "The data directory \(path) cannot be created.")
        }
    }

    /// Prevents other servers from using the directory until this process ends. A starting server releases the claims
    /// of a crashed server, and must not release those of a running one.
    /// - Throws: `ConfigurationError` or `CommandError`.
    func lock() throws {
        do {
            try serverLock().holdUntilExit()
        } catch .cannotOpen {
            throw ConfigurationError(description: "The data directory \(path) cannot be written.")
        } catch .heldElsewhere {
            throw CommandError(description: "Another server is running on the data directory \(path).")
        }
    }

    /// The lock that a running server holds.
    func serverLock() throws(FileLock.Refusal) -> FileLock { try FileLock(path: path + "/server.lock") }

    static let databaseName = "united-pharmacy.sqlite"
    var databasePath: String { path + "/" + DataDirectory.databaseName }
    /// Records the database's incarnation.
    var incarnationFile: IncarnationFile { IncarnationFile(path: path + "/incarnation") }
    static let masterKeyName = "master.key"
    /// Outside the database, so that users with write access to the database cannot change it.
    var auditAnchorPath: String { path + "/audit-anchors.log" }
    var masterKeyPath: String { path + "/" + DataDirectory.masterKeyName }
}
