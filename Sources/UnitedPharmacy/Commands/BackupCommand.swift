internal import ArgumentParser
internal import FoundationEssentials
internal import NIOPosix
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// `united-pharmacy backup`.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Back up the SQLite database, also while the server runs.",
        discussion: """
            The backup is verified. It can only be decrypted with the master key, which is not in it. Back up a \
            PostgreSQL database with pg_dump.

            With --without-keys the backup does not contain the wrapped keys. Write them to a separate file with key \
            export. To erase a tenant from such backups, destroy the exports that contain its key.
            """)

    @Argument(help: "The file to create. An existing file is not changed.")
    var file: String

    @Flag(help: "Omit the wrapped keys (see key export).")
    var withoutKeys = false

    @OptionGroup var options: OperatorOptions

    func run() async throws {
        try await options.open { installation, configuration in
            guard configuration.databaseURL == nil else {
                throw CommandError(description: "Back up a PostgreSQL database with pg_dump.")
            }
            let directory = try DataDirectory(path: configuration.dataDirectory)
            let now = installation.environment.now
            let (file, keys) = (file, !withoutKeys)
            try await installation.store.systemWrite(.log) {
                $0.audit(.backupMade, keys ? [] : ["without-keys"], at: now)
            }
            try await NIOThreadPool.singleton.runIfActive {
                try SQLiteBackup.copy(directory.databasePath, to: file, keys: keys)
            }
            let size = (try FileManager.default.attributesOfItem(atPath: file))[.size] as? Int
            options.show([
                "file": .string(file), "bytes": JSON(size ?? 0), "has_keys": .bool(keys), "made_at": JSON(now),
            ])
        }
    }
}
