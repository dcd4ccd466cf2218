internal import FoundationEssentials
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// What is kept, opened: the ground that the server and the operator's commands stand on.
struct Installation {
    let store: Store
    let notifier: ChangeNotifier
    /// The clock of the environment, where it is the database's.
    let databaseClock: DatabaseClock?
    let environment: ServiceEnvironment
    let keys: InstallationKeys
    let setupTokens: SetupTokens
    let masterKey: MasterKey
    /// What an earlier installation had left in the data directory when this one was opened.
    let traces: [String]
    /// Which files others had rights to, for a server's log: a command's output is its outcome alone.
    let fileFindings: PrivateFiles.Findings
    /// The database, for people: a file's path, or a server's host, port and database.
    let place: String

    /// - Parameter startWait: how long a database server that does not answer is waited for.
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
        let (engine, place) = try await wait.open {
            // Files and connections are opened on a thread that may block.
            try await NIOThreadPool.singleton.runIfActive {
                try Installation.engine(configuration, path: path, notifier: notifier)
            }
        }
        self.place = place
        // Nodes that share a database go by its clock.
        let databaseClock = engine.isExclusive ? nil : DatabaseClock()
        let time: any ServerClock = databaseClock ?? SystemClock()
        store = try await Store(
            engine: engine, masterKey: masterKey.source, now: time.now(), clock: { time.now() },
            seen: directory.incarnationFile.seen())
        try await databaseClock?.read(from: store)
        self.databaseClock = databaseClock
        environment = ServiceEnvironment(store: store, time: time, entropy: .system)
        keys = try await InstallationKeys(environment: environment)
        setupTokens = SetupTokens(fixed: configuration.sandboxSetupToken)
        if let file = masterKey.file { try await MasterKeyRotation.finish(file, of: self) }
    }

    /// - Returns: the engine, and where its data is, for people.
    private static func engine(
        _ configuration: ServerConfiguration, path: String, notifier: ChangeNotifier
    ) throws -> (any SQLEngine, place: String) {
        let threads = max(2, System.coreCount)
        #if PostgreSQL
        if let url = configuration.databaseURL {
            let server = try PostgreSQLProbe.examine(url: url)
            let pool = ConnectionPoolSize(
                connections: configuration.databaseConnections, wait: configuration.databaseWait)
            return (try PostgreSQLEngine(url: url, pool: pool, notifier: notifier), server.place)
        }
        #endif
        return (try SQLiteEngine(path: path, readingThreads: threads, notifier: notifier), path)
    }

    /// Opens what a server has made, for a command, and closes it afterwards.
    static func with<Value>(
        _ configuration: ServerConfiguration, _ body: (Installation) async throws -> Value
    ) async throws -> Value {
        let path = configuration.dataDirectory
        guard isMade(configuration) else {
            throw CommandError(
                description: "There is no installation in \(path): start the server once, or set --data-dir.")
        }
        var configuration = configuration
        configuration.databaseConnections = StoreLimits.connections.lowerBound
        let installation = try await Installation(configuration, in: DataDirectory(path: path))
        let alarm = AuthorizationAlarm(
            environment: installation.environment, logger: Logger(label: "united-pharmacy"))
        if installation.store.hasBegunEpoch { Terminal.hint(Installation.epochAdvice) }
        do {
            let value = try await TransactionTimeLimit.$current.withValue(StoreLimits.operatorTransactionTime) {
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

    /// A server's log says it; a command has the terminal alone.
    private static let epochAdvice =
        "The database is another than it was (restored, copied or promoted): it begins a new epoch, and partners' cursors of "
        + "before have expired."

    /// Whether a server has made an installation: without one, a command must not begin another.
    private static func isMade(_ configuration: ServerConfiguration) -> Bool {
        if configuration.databaseURL != nil { return MasterKey.isKnown(configuration) }
        return FileManager.default.fileExists(
            atPath: configuration.dataDirectory + "/" + DataDirectory.databaseName)
    }

    /// Removes what a command has erased from the database's own files. What has been erased stays erased: a failure is
    /// told, and made up for by the server.
    private func finishErasure() async {
        guard store.hasPendingErasure else { return }
        do {
            for _ in 1..<ServiceLimits.erasureTries {
                if try await store.finishErasure() { return }
                try await environment.time.sleep(for: ServiceLimits.erasurePause)
            }
            if try await store.finishErasure() { return }
        } catch {
            Terminal.hint("The database's files could not be cleared of what was erased: \(error)")
        }
        Terminal.hint(
            "The database's files may hold what was erased until the reads in progress are over: a running server "
                + "clears them within \(ServiceLimits.erasureCatchUp.components.seconds / 60) minutes.")
    }
}
