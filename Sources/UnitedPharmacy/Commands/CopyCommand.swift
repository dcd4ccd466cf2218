internal import ArgumentParser
internal import FoundationEssentials
internal import NIOPosix
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// `united-pharmacy copy`.
struct CopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copy the whole installation to another database, such as from SQLite to PostgreSQL.",
        discussion: """
            Stop the servers first: changes during the copy are not copied. Specify a database by its URL, for example \
            postgres://user@host/database, or by the path of a data directory or of a SQLite file. The destination \
            must be empty. The copy is complete and verified. It needs the same master key, which is not copied.
            """)

    @Option(help: "The database to copy.")
    var from: String

    @Option(help: "The database to create.")
    var to: String

    @OptionGroup var options: OperatorOptions

    func validate() throws {
        guard options.databaseUrl == nil else {
            throw ValidationError("copy does not use --database-url. Specify the databases with --from and --to.")
        }
    }

    func run() async throws {
        try await options.configured { configuration in
            let allowsPlaintext = configuration.allowsPlaintextDatabase
            let source = try DatabaseLocation(from, option: "--from", allowingPlaintext: allowsPlaintext)
            let destination = try DatabaseLocation(to, option: "--to", allowingPlaintext: allowsPlaintext)
            let key = try lockedKey(configuration, source, destination)
            let event = AuditEvent(
                at: SystemClock().now(), tenant: nil, actor: AuditOrigin.current.actor, action: .installationCopied,
                subjects: [], requestID: nil)
            let tables: [InstallationCopy.Table]
            do {
                tables = try await NIOThreadPool.singleton.runIfActive {
                    try InstallationCopy.copy(
                        source, to: destination, masterKey: key.source, noting: event)
                }
            } catch let refusal as CopyError {
                throw CommandError(description: refusal.description)
            }
            try await report(tables, CopyCommand.verify(destination, key), at: event.at)
            advise(on: key, configuration, destination)
        }
    }

    /// Locks the data directories against servers, and finds the master key.
    private func lockedKey(
        _ configuration: ServerConfiguration, _ source: DatabaseLocation, _ destination: DatabaseLocation
    ) throws -> MasterKey {
        if let file = source.file, !FileManager.default.fileExists(atPath: file) {
            throw CommandError(description: CopyError.nothing(file).description)
        }
        if let file = destination.file, FileManager.default.fileExists(atPath: file) {
            throw CommandError(description: CopyError.taken(file).description)
        }
        for directory in [source.directory, destination.directory].compactMap(\.self) {
            try DataDirectory(path: directory).lock()
        }
        if configuration.masterKey != nil || configuration.masterKeyFile != nil {
            return try MasterKey.resolve(configuration, in: DataDirectory(path: configuration.dataDirectory))
        }
        for path in [source.directory, destination.directory, configuration.dataDirectory].compactMap(\.self) {
            guard FileManager.default.fileExists(atPath: path + "/" + DataDirectory.masterKeyName) else { continue }
            return try MasterKey.resolve(configuration, in: DataDirectory(path: path))
        }
        throw CommandError(
            description:
                "There is no master key. Set the key file of the installation (UP_MASTER_KEY_FILE), or the data "
                + "directory "
                + "that contains it (UP_DATA_DIR).")
    }

    /// Opens the copy like a server, and verifies its audit log.
    private static func verify(_ destination: DatabaseLocation, _ key: MasterKey) async throws -> AuditVerdict {
        let outcome: Result<AuditVerdict, any Error>
        do {
            let engine = try destination.engine()
            do {
                let store = try await Store(engine: engine, masterKey: key.source, now: SystemClock().now())
                outcome = .success(try await AuditLog(store: store).verify())
            } catch {
                outcome = .failure(error)
            }
            await engine.close()
        } catch {
            outcome = .failure(error)
        }
        do {
            return try outcome.get()
        } catch let error as StoreError {
            throw CommandError(description: "The copy is complete, but cannot be opened: \(error)")
        }
    }

    /// Prints the copied tables, and the verdict on the audit log.
    /// - Throws: `ExitCode` if the audit log is broken. It is then broken in the source as well.
    private func report(_ tables: [InstallationCopy.Table], _ verdict: AuditVerdict, at now: Timestamp) throws {
        let rows = tables.map { table -> JSON in
            let digest = Hexadecimal.text(table.digest)
            return [
                "name": .string(table.name), "rows": JSON(table.rows),
                "sha256": .string(options.json ? digest : String(digest.prefix(16))),
            ]
        }
        options.show(options.json ? ["tables": .array(rows), "copied_at": JSON(now)] : .array(rows))
        switch verdict {
        case .unbroken(let entries, let head):
            guard !options.json else { return }
            Terminal.info("All tables were read back and match. Audit log: \(entries) entries, unbroken.")
            Terminal.info("Head: \(head)")
        case .broken(let sequence, let fault):
            Terminal.error(
                "All tables match, but the copied audit log is broken at entry \(sequence): "
                    + "\(fault.rawValue).")
            throw ExitCode(1)
        }
    }

    /// Prints a hint if a server on the destination would not find the master key.
    private func advise(on key: MasterKey, _ configuration: ServerConfiguration, _ destination: DatabaseLocation) {
        guard let directory = destination.directory, configuration.masterKey == nil,
            configuration.masterKeyFile == nil, let file = key.file
        else { return }
        let wanted = MasterKeyFile(path: directory + "/" + DataDirectory.masterKeyName)
        guard !wanted.candidates().contains(key.bytes) else { return }
        Terminal.hint("The master key is not copied. Copy \(file.path) to \(wanted.path) before you start a server.")
    }
}
