internal import ArgumentParser
internal import FoundationEssentials
internal import NIOPosix
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// `united-pharmacy restore`.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Restore a backup to a data directory without a database.",
        discussion: """
            The master key of the backup must be present. Changes since the backup are lost: credentials that were \
            revoked since then are valid again until you revoke them again.

            A backup without keys needs a file of key export. A tenant whose key is not in this file is erased: the \
            command prints its name, and the restored database does not contain it.
            """)

    @Argument(help: "A file from backup, which is not changed.")
    var file: String

    @Option(help: "A file from key export, for a backup without keys.")
    var keys: String?

    @OptionGroup var options: OperatorOptions

    func run() async throws {
        try await options.configured { configuration in
            guard configuration.databaseURL == nil else {
                throw CommandError(description: "Restore a PostgreSQL database with pg_restore.")
            }
            let directory = try DataDirectory(path: configuration.dataDirectory)
            try directory.lock()
            guard MasterKey.isKnown(configuration) else {
                throw CommandError(
                    description:
                        "There is no master key. Copy the key of the backup to \(directory.masterKeyPath), or set "
                        + "its file "
                        + "(UP_MASTER_KEY_FILE).")
            }
            guard !FileManager.default.fileExists(atPath: directory.databasePath) else {
                throw CommandError(
                    description: "There is a database in \(directory.path) already. Move it away first.")
            }
            let file = file
            let staged = directory.databasePath + ".restoring"
            RestoreCommand.removeDatabase(staged)
            defer { RestoreCommand.removeDatabase(staged) }
            try await NIOThreadPool.singleton.runIfActive { try SQLiteBackup.copy(file, to: staged) }
            let erased = try await restoreKeys(to: staged)
            let patients = try await RestoreCommand.check(staged, configuration, in: directory, erased: erased)
            // A second copy, so that the database appears complete or not at all, and never replaces another.
            try await NIOThreadPool.singleton.runIfActive {
                try SQLiteBackup.copy(staged, to: directory.databasePath)
            }
            options.show([
                "restored": .string(directory.databasePath), "patients": JSON(patients),
                "erased_tenants": .array(erased.map { .string($0.name) }),
            ])
        }
    }

    /// Adds the exported keys to a copy without keys.
    /// - Returns: the tenants that are erased because their keys are missing.
    private func restoreKeys(to path: String) async throws -> [ErasedTenant] {
        let keys = keys
        do {
            return try await NIOThreadPool.singleton.runIfActive {
                guard let keys else {
                    guard try !WrappedKeyArchive.lacksKeys(at: path) else {
                        throw CommandError(
                            description: "The backup was made without keys. Set the file from key export with --keys.")
                    }
                    return []
                }
                guard let bytes = FileManager.default.contents(atPath: keys) else {
                    throw CommandError(description: "The key file \(keys) cannot be read.")
                }
                return try WrappedKeyArchive(Array(bytes)).restore(to: path, identifiedBy: Tenant.builtInSandboxName)
            }
        } catch let error as WrappedKeyArchiveError {
            throw CommandError(description: error.description)
        }
    }

    /// Opens the copy, which fails with another master key, and migrates it to this program's schema.
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
