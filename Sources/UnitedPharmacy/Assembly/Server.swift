internal import DeveloperHub
internal import Glibc
internal import Hummingbird
internal import Logging
internal import Metrics
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore
internal import ServiceLifecycle
internal import UnixSignals

/// The whole server, assembled from its parts: the only place that knows all of them.
struct Server {
    let configuration: ServerConfiguration
    let policy: ServingPolicy
    let logger = Logger(label: "united-pharmacy")

    /// Serves until `SIGTERM` or `SIGINT`, then finishes the requests in progress.
    func run() async throws {
        let metrics = makeMetrics()
        try announceSettings()
        prepareProcess()

        let directory = try makeDataDirectory()
        let certificate = try makeCertificate()
        let address = ServerAddress(configuration, scheme: certificate == nil ? "http" : "https")
        // Concurrently with the database, because each takes about half of the time of a start.
        async let hub = HubContent(settings: hubSettings, origin: address.publicURL)
        let installation = try await makeStorage(in: directory)
        let services = try await makeServices(installation, directory, address)
        let router = makeRouter(services, installation, metrics, address, try await hub)
        let jobs = makeBackgroundJobs(services, installation, directory)
        let application = makeApplication(router, jobs, certificate, address)

        try await recordStart(installation)
        try await services.sandbox.provision()
        let outcome = await serve(application)
        await services.shutdown()
        await installation.store.close()
        try outcome.get()
    }

    // MARK: The process

    private func makeMetrics() -> PrometheusRegistry {
        let metrics = PrometheusRegistry(prefix: MetricCatalog.prefix, help: MetricCatalog.help)
        MetricsSystem.bootstrap(metrics)
        MetricCatalog.recordBuild(isPostgreSQL: configuration.databaseURL != nil)
        return metrics
    }

    /// Prints what the settings mean for security.
    private func announceSettings() throws {
        for sentence in policy.advice { Terminal.hint(sentence) }
        try configuration.announceDatabaseEncryption()
    }

    private func prepareProcess() {
        ConnectionLimits.raiseFileLimit()
        // By default this signal ends the process when a file reaches the size limit (`ulimit -f`). Ignored, the write
        // fails like one to a full disk.
        signal(SIGXFSZ, SIG_IGN)
    }

    // MARK: Storage

    private func makeDataDirectory() throws -> DataDirectory {
        let directory = try DataDirectory(path: configuration.dataDirectory)
        try directory.lock()
        return directory
    }

    /// Opens the database, and releases the work that a crashed server had claimed.
    private func makeStorage(in directory: DataDirectory) async throws -> Installation {
        let installation = try await Installation(
            configuration, in: directory, startWait: configuration.databaseStartWait)
        announceStart(of: installation, in: directory)
        // In a shared database, other nodes may hold the claims; those of a crashed node expire.
        if installation.store.isExclusive {
            let now = installation.environment.now
            try await installation.store.systemWrite { scope in
                try scope.releaseDispatches(at: now)
                try scope.releaseDeliveries(at: now)
            }
        }
        return installation
    }

    private func makeCertificate() throws -> ServerCertificate? {
        try configuration.certificateFiles.map {
            try ServerCertificate(certificateFile: $0.certificate, keyFile: $0.key, logger: logger)
        }
    }

    // MARK: Serving

    private func recordStart(_ installation: Installation) async throws {
        let (settings, now) = (configuration.givenSettings, installation.environment.now)
        try await installation.store.systemWrite(.log) { $0.audit(.serverStarted, settings, at: now) }
    }

    /// Runs the application until it is stopped by a signal or fails.
    private func serve(_ application: some ApplicationProtocol) async -> Result<Void, CommandError> {
        var group = ServiceGroupConfiguration(
            services: [NamedService(base: application)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // A client that never completes its request delays the end by at most this long.
        group.maximumGracefulShutdownDuration = configuration.shutdownGrace
        do {
            try await ServiceGroup(configuration: group).run()
            return .success(())
        } catch {
            return .failure(failure(error))
        }
    }
}
