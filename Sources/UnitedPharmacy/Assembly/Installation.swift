internal import FoundationEssentials
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// The opened database with its keys, which the server and the operator's commands share.
struct Installation {
    let store: Store
    let notifier: ChangeNotifier
    /// The clock of a shared database, which `environment` then uses; `nil` for SQLite.
    let databaseClock: DatabaseClock?
    let environment: ServiceEnvironment
    let keys: InstallationKeys
    let setupTokens: SetupTokens
    let masterKey: MasterKey
    /// Files of an earlier installation in the data directory.
    let traces: [String]
    /// Files that other users had access to. The server logs them; commands print only their results.
    let fileFindings: PrivateFiles.Findings
    /// The database's path, or the server's host, port and database name, for people.
    let databaseName: String

    /// - Parameter startWait: how long to wait for a database server that does not respond.
    /// - Throws: `ConfigurationError`, `CommandError`, `StoreError`, `DatabaseRefusal`.
    init(
        _ configuration: ServerConfiguration, in directory: DataDirectory, startWait: Duration = .zero
    ) async throws {
        fileFindings = PrivateFiles(configuration, in: directory).tighten()
        traces = directory.traces
        masterKey = try MasterKey.resolve(configuration, in: directory)
        if let advice = masterKey.advice { Terminal.hint(advice) }
        let notifier = ChangeNotifier()
        self.notifier = notifier
        let path = directory.databasePath
        let wait = DatabaseStartWait(limit: startWait, time: SystemClock()) { Terminal.hint($0, level: .warning) }
        let (engine, name) = try await wait.open {
            // Opening files and connections blocks the thread.
            try await NIOThreadPool.singleton.runIfActive {
                try Installation.engine(configuration, path: path, notifier: notifier)
            }
        }
        databaseName = name
        // All nodes of a shared database use its clock.
        let databaseClock = engine.isExclusive ? nil : DatabaseClock()
        let time: any ServerClock = databaseClock ?? SystemClock()
        store = try await Store(
            engine: engine, masterKey: masterKey.source, renderings: .wire, now: time.now(), clock: { time.now() },
            seen: directory.incarnationFile.seen())
        try await databaseClock?.read(from: store)
        self.databaseClock = databaseClock
        environment = ServiceEnvironment(store: store, time: time, entropy: .system)
        keys = try await InstallationKeys(environment: environment)
        setupTokens = SetupTokens(fixed: configuration.sandboxSetupToken)
        if let file = masterKey.file { try await MasterKeyRotation.finish(file, in: environment) }
    }

    /// - Returns: the engine, and the database's name for people.
    private static func engine(
        _ configuration: ServerConfiguration, path: String, notifier: ChangeNotifier
    ) throws -> (any SQLEngine, name: String) {
        let threads = max(2, System.coreCount)
        #if PostgreSQL
        if let url = configuration.databaseURL {
            let server = try PostgreSQLProbe.examine(url: url)
            let pool = ConnectionPoolSize(
                connections: configuration.databaseConnections, wait: configuration.databaseWait)
            return (try PostgreSQLEngine(url: url, pool: pool, notifier: notifier), server.place)
        }
        #endif
        return (
            try SQLiteEngine(
                path: path, readingThreads: threads, directReads: System.coreCount - 1, notifier: notifier), path
        )
    }

    /// Opens an existing installation for a command, and closes it afterwards.
    static func with<Value>(
        _ configuration: ServerConfiguration, _ body: (Installation) async throws -> Value
    ) async throws -> Value {
        let path = configuration.dataDirectory
        guard exists(configuration) else {
            throw CommandError(
                description: "There is no installation in \(path). Start the server once, or set --data-dir.")
        }
        var configuration = configuration
        configuration.databaseConnections = StoreLimits.connections.lowerBound
        let installation = try await Installation(configuration, in: DataDirectory(path: path))
        let alarm = AuthorizationAlarm(
            environment: installation.environment, logger: Logger(label: "united-pharmacy"))
        if installation.store.hasBegunEpoch { Terminal.hint(Installation.epochAdvice) }
        do {
            let value = try await TransactionTimeLimit.$current.withValue(StoreLimits.operatorTransactionTimeout) {
                try await body(installation)
            }
            await alarm.reportAtOnce()
            await installation.finishErasure()
            await installation.store.close()
            return value
        } catch {
            await alarm.reportAtOnce()
            await installation.store.close()
            throw error
        }
    }

    /// For the terminal. A server logs the new epoch instead.
    private static let epochAdvice =
        "The database was restored, copied or promoted. A new epoch has begun, and partners' earlier cursors have "
        + "expired."

    /// Whether a server has created an installation. A command must not create one.
    private static func exists(_ configuration: ServerConfiguration) -> Bool {
        if configuration.databaseURL != nil { return MasterKey.isKnown(configuration) }
        return FileManager.default.fileExists(
            atPath: configuration.dataDirectory + "/" + DataDirectory.databaseName)
    }

    /// Removes erased data from the database's files. After a failure the data is still deleted from the database; the
    /// failure is printed, and the server clears the files later.
    private func finishErasure() async {
        guard store.hasPendingErasure else { return }
        do {
            for _ in 1..<ServiceLimits.erasureAttempts {
                if try await store.finishErasure() { return }
                try await environment.time.sleep(for: ServiceLimits.erasurePause)
            }
            if try await store.finishErasure() { return }
        } catch {
            Terminal.hint("Erased data could not be removed from the database's files: \(error)")
        }
        Terminal.hint(
            "The database's files may contain erased data until the reads in progress end. A running server clears "
                + "them "
                + "within \(ServiceLimits.erasureCatchUp.components.seconds / 60) minutes.")
    }
}
