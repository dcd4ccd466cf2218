internal import FoundationEssentials
internal import NIOCore
internal import NIOPosix
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// What is kept, opened: the ground that the server and the operator's commands stand on.
struct Installation {
    let store: Store
    let bells: Bells
    let environment: ServiceEnvironment
    let keys: InstallationKeys
    let setupTokens: SetupTokens
    let masterKey: MasterKey

    /// - Throws: `ConfigurationError`, `StartError`, `StoreError`.
    init(_ configuration: ServerConfiguration, in directory: DataDirectory) async throws {
        masterKey = try MasterKey.resolve(configuration, in: directory)
        if let advice = masterKey.advice { Terminal.advise(advice) }
        let bells = Bells()
        self.bells = bells
        let path = directory.databasePath
        // Files and connections are opened on a thread that may block.
        let engine = try await NIOThreadPool.singleton.runIfActive {
            try Installation.engine(configuration, path: path, bells: bells)
        }
        let time = SystemTime()
        store = try await Store(engine: engine, masterKey: masterKey.source, now: time.now())
        environment = ServiceEnvironment(store: store, time: time, entropy: .system)
        keys = try await InstallationKeys(environment: environment)
        setupTokens = SetupTokens(fixed: configuration.sandboxSetupToken)
        if let file = masterKey.file { try await MasterKeyReplacement.finish(file, of: self) }
    }

    private static func engine(
        _ configuration: ServerConfiguration, path: String, bells: Bells
    ) throws -> any SQLEngine {
        let threads = max(2, System.coreCount)
        #if PostgreSQL
        if let url = configuration.databaseURL {
            let pool = ConnectionPool(
                connections: configuration.databaseConnections, wait: configuration.databaseWait)
            return try PostgreSQLEngine(url: url, pool: pool, bells: bells)
        }
        #endif
        return try SQLiteEngine(path: path, readingThreads: threads, bells: bells)
    }

    /// Opens what a server has made, for a command, and closes it afterwards.
    static func with<Value>(
        _ configuration: ServerConfiguration, _ body: (Installation) async throws -> Value
    ) async throws -> Value {
        let path = configuration.dataDirectory
        guard isMade(configuration) else {
            throw StartError(
                description: "There is no installation in \(path): start the server once, or set --data-dir.")
        }
        var configuration = configuration
        configuration.databaseConnections = StoreLimits.connections.lowerBound
        let installation = try await Installation(configuration, in: DataDirectory(path: path))
        do {
            let value = try await body(installation)
            await installation.store.close()
            return value
        } catch {
            await installation.store.close()
            throw error
        }
    }

    /// Whether a server has made an installation: without one, a command must not begin another.
    private static func isMade(_ configuration: ServerConfiguration) -> Bool {
        if configuration.databaseURL != nil { return MasterKey.isKnown(configuration) }
        return FileManager.default.fileExists(
            atPath: configuration.dataDirectory + "/" + DataDirectory.databaseName)
    }
}
