internal import ArgumentParser
internal import FoundationEssentials
internal import NIOPosix
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// `united-pharmacy restore`.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put a backup into a data directory that has no database.",
        discussion: """
            The master key that the backup was made with must be there first. What has changed since the backup is not \
            in it: credentials that were revoked since then are good again until they are revoked anew.

            A backup that was made without keys takes those that key export has written. A tenant whose key is not \
            among them is erased: it is named, and not in the restored database.
            """)

    @Argument(help: "A file that backup has made; it is left as it is.")
    var file: String

    @Option(help: "A file that key export has made, for a backup without keys.")
    var keys: String?

    @OptionGroup var options: OperatorOptions

    func run() async throws {
        try await options.configured { configuration in
            guard configuration.databaseURL == nil else {
                throw CommandError(description: "A PostgreSQL database is restored with pg_restore.")
            }
            let directory = try DataDirectory(path: configuration.dataDirectory)
            try directory.lock()
            guard MasterKey.isKnown(configuration) else {
                throw CommandError(
                    description: "There is no master key: put the one that the backup was made with at "
                        + "\(directory.masterKeyPath), or name it (UP_MASTER_KEY_FILE).")
            }
            guard !FileManager.default.fileExists(atPath: directory.databasePath) else {
                throw CommandError(
                    description: "There is a database in \(directory.path) already: move it away first.")
            }
            let file = file
            let staged = directory.databasePath + ".restoring"
            RestoreCommand.removeDatabase(staged)
            defer { RestoreCommand.removeDatabase(staged) }
            try await NIOThreadPool.singleton.runIfActive { try SQLiteBackup.copy(file, to: staged) }
            let erased = try await restoreKeys(to: staged)
            let patients = try await RestoreCommand.check(staged, configuration, in: directory, erased: erased)
            // Once more, for it appears whole or not at all, and never in the place of another.
            try await NIOThreadPool.singleton.runIfActive {
                try SQLiteBackup.copy(staged, to: directory.databasePath)
            }
            options.show([
                "restored": .string(directory.databasePath), "patients": JSON(patients),
                "erased_tenants": .array(erased.map { .string($0.name) }),
            ])
        }
    }

    /// Puts the exported keys into a copy that has none.
    /// - Returns: the tenants that are erased for want of a key.
    private func restoreKeys(to path: String) async throws -> [ErasedTenant] {
        let keys = keys
        do {
            return try await NIOThreadPool.singleton.runIfActive {
                guard let keys else {
                    guard try !WrappedKeyArchive.isWanted(by: path) else {
                        throw CommandError(
                            description: "The backup was made without keys: name the file that key export has made "
                                + "with --keys.")
                    }
                    return []
                }
                guard let bytes = FileManager.default.contents(atPath: keys) else {
                    throw CommandError(description: "The file of keys \(keys) cannot be read.")
                }
                return try WrappedKeyArchive(Array(bytes)).restore(to: path, identifiedBy: SandboxControls.name)
            }
        } catch let error as WrappedKeyArchiveError {
            throw CommandError(description: error.description)
        }
    }

    /// Opens the copy with the master key, which tells whether it fits, and brings it to this program's version.
    /// - Returns: the number of patients.
    private static func check(
        _ path: String, _ configuration: ServerConfiguration, in directory: DataDirectory, erased: [ErasedTenant]
    ) async throws -> Int {
        let key = try MasterKey.resolve(configuration, in: directory)
        let engine = try SQLiteEngine(path: path, readingThreads: 1, notifier: ChangeNotifier())
        let now = SystemClock().now()
        let outcome: Result<Int, any Error>
        do {
            let store = try await Store(engine: engine, masterKey: key.source, now: now)
            outcome = .success(
                try await store.systemWrite { scope in
                    scope.audit(.backupRestored, [], at: now)
                    for tenant in erased {
                        scope.audit(.tenantDeleted, [tenant.id.description], tenant: tenant.id, at: now)
                    }
                    return try scope.openTenants().reduce(0) { $0 + (try scope.tenant($1.id).patientCount()) }
                })
        } catch {
            outcome = .failure(error)
        }
        await engine.close()
        return try outcome.get()
    }

    private static func removeDatabase(_ path: String) {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
}
