internal import FoundationEssentials

/// Where everything is kept.
struct DataDirectory {
    let path: String

    /// A directory that is looked at, and need not be there.
    init(unmade path: String) { self.path = path }

    /// What an earlier installation has left in the directory beside a database: its key, or what tells how far it had come.
    var traces: [String] {
        [masterKeyPath, incarnationFile.path, auditAnchorPath].filter(FileManager.default.fileExists(atPath:))
    }

    /// Makes the directory, for its owner alone, where it is missing.
    init(path: String) throws {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw ConfigurationError(description: "The data directory \(path) cannot be made.")
        }
    }

    /// Keeps other servers out of the directory until this process ends, however it ends: the start takes up what a
    /// crashed server had claimed, which must not be a running one's.
    func lock() throws {
        do {
            try serverLock().keep()
        } catch .noFile {
            throw ConfigurationError(description: "The data directory \(path) cannot be written.")
        } catch .heldElsewhere {
            throw CommandError(description: "Another server is running on the data directory \(path).")
        }
    }

    /// The lock that a running server holds.
    func serverLock() throws(FileLock.Refusal) -> FileLock { try FileLock(path: path + "/server.lock") }

    static let databaseName = "united-pharmacy.sqlite"
    var databasePath: String { path + "/" + DataDirectory.databaseName }
    /// Remembers how far the database has come.
    var incarnationFile: IncarnationFile { IncarnationFile(path: path + "/incarnation") }
    static let masterKeyName = "master.key"
    /// Outside the database: what its writers cannot reach.
    var auditAnchorPath: String { path + "/audit-anchors.log" }
    var masterKeyPath: String { path + "/" + DataDirectory.masterKeyName }
}
