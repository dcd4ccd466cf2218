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
        abstract: "Copy the SQLite database as it is at this moment, also while the server runs.",
        discussion: """
            The copy is checked, and opens with the same master key alone, which is not in it. A PostgreSQL database is \
            backed up with pg_dump.

            With --without-keys it holds none of the keys that the master key opens either: write those apart with key \
            export, and destroy the exports that hold the key of a tenant who is to be erased from the backups.
            """)

    @Argument(help: "The file to make; one that is there is left alone.")
    var file: String

    @Flag(help: "Leave the wrapped keys out: see key export.")
    var withoutKeys = false

    @OptionGroup var options: OperatorOptions

    func run() async throws {
        try await options.open { installation, configuration in
            guard configuration.databaseURL == nil else {
                throw CommandError(description: "A PostgreSQL database is backed up with pg_dump.")
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
