internal import DeveloperHub
internal import FoundationEssentials
internal import Glibc
internal import Hummingbird
internal import Logging
internal import Metrics
internal import NIOCore
internal import NIOPosix
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore
internal import ServiceLifecycle
internal import Synchronization
internal import UnixSignals

/// The whole server, put together: the only place that names an engine.
struct Server {
    let configuration: ServerConfiguration
    let policy: ServingPolicy

    /// Serves until `SIGTERM` or `SIGINT`, then finishes what is under way.
    func run() async throws {
        let logger = Logger(label: "united-pharmacy")
        let metrics = PrometheusRegistry(prefix: MetricCatalog.prefix, help: MetricCatalog.help)
        MetricsSystem.bootstrap(metrics)
        MetricCatalog.recordBuild(isPostgreSQL: configuration.databaseURL != nil)

        for sentence in policy.advice { Terminal.hint(sentence) }
        try configuration.announceDatabaseEncryption()
        ConnectionLimits.raiseFileLimit()
        // A file that reaches the limit of its size (`ulimit -f`) is a disk that is full, and not the end of the server.
        signal(SIGXFSZ, SIG_IGN)
        let directory = try DataDirectory(path: configuration.dataDirectory)
        try directory.lock()
        let installation = try await Installation(
            configuration, in: directory, startWait: configuration.databaseStartWait)
        configuration.announceStart(of: installation, in: directory, logger: logger)
        let (store, notifier, environment) = (
            installation.store, installation.notifier, installation.environment
        )
        let time = environment.time
        if store.isExclusive {
            let now = time.now()
            try await store.systemWrite { scope in
                try scope.releaseDispatches(at: now)
                try scope.releaseDeliveries(at: now)
            }
        }

        // Verbs.
        let allowsLoopback = policy.allowsLoopbackWebhooks
        let accounts = Accounts(
            environment: environment,
            tokens: try await AccessTokens(environment: environment, issuer: "united-pharmacy"))
        let links = PharmacySystemsFactory(configuration, installation, logger: logger)
        let systems = links.systems
        let pharmacies = Pharmacies(environment: environment, systems: systems, codec: links.codec)
        let reconciliation = ReconciliationPolicy(after: configuration.reconcileAfter)
        let reports = OrderReports(
            environment: environment, systems: systems, policy: reconciliation,
            callbackSecret: configuration.impetus?.callbackSecret)
        let controls = SandboxControls(
            environment: environment, accounts: accounts, wipeEvery: configuration.sandboxWipeEvery,
            setupTokens: installation.setupTokens, announce: { Terminal.announce("Sandbox setup token: \($0)") })
        let limiter = RateLimiter(time: time, sharing: store.isExclusive ? nil : store)

        let alarm = AuditAlarm(logger: logger)
        let readiness = StoreReadiness(environment: environment)
        let places = AuditAnchorLocations(configuration, in: directory)

        // Work in the background.
        let sender = WebhookSender(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, time: time)
        var services: [any Service] = [
            // The first to start are the last to stop: the second writes what the others and the last requests leave,
            // and the first anchors it.
            AuditAnchoring(
                environment: environment, key: installation.keys.auditAnchors, file: places.file, sinks: places.sinks,
                alarm: alarm, logger: logger),
            AuditWriter(environment: environment),
            AuthorizationAlarm(environment: environment, logger: logger),
            ErasureSweep(environment: environment, logger: logger),
            IncarnationWatch(
                environment: environment, accounts: accounts, notifier: notifier, logger: logger,
                keep: directory.incarnationFile.keep),
            OrderDispatcher(
                environment: environment, systems: systems, maximumAge: configuration.dispatchAge,
                reconciliation: reconciliation, notifier: notifier, logger: logger),
            OrderReconciliation(environment: environment, reports: reports, notifier: notifier, logger: logger),
            WebhookDeliverer(
                environment: environment, sender: sender,
                policy: DeliveryPolicy(retryDelay: configuration.webhookRetryDelay), servedOnLoopback: allowsLoopback,
                notifier: notifier, logger: logger),
            WebhookMetrics(environment: environment, logger: logger),
            StoreUpkeep(environment: environment, logger: logger),
            ClockWatch(
                environment: environment, database: installation.databaseClock,
                delays: LongestDelays(
                    retryDelay: configuration.webhookRetryDelay, reconciliation: reconciliation,
                    pace: configuration.sandboxStep, wipeEvery: configuration.sandboxWipeEvery), logger: logger),
            BacklogMetrics(environment: environment, logger: logger),
            CatalogRefresh(pharmacies: pharmacies, time: time, logger: logger),
            SandboxSimulator(
                environment: environment, pace: configuration.sandboxStep, notifier: notifier, logger: logger),
            SandboxWiper(controls: controls, time: time, notifier: notifier, logger: logger),
            SigningKeyRotation(
                environment: environment, accounts: accounts, keys: installation.keys, logger: logger),
            CacheInvalidation(environment: environment, accounts: accounts, notifier: notifier),
            DataKeyRotation(environment: environment, notifier: notifier, logger: logger),
            IdentifierEncryption(environment: environment, notifier: notifier, logger: logger),
            TextKeyConversion(environment: environment, notifier: notifier, logger: logger),
            SealAccounting(environment: environment, logger: logger),
            KeySelfCheck(environment: environment, logger: logger),
            QuarantineWatch(environment: environment, logger: logger),
            TenantErasing(environment: environment, notifier: notifier, logger: logger),
            RetentionSweeper(
                environment: environment,
                retention: Retention(audit: configuration.auditRetention, webhooks: configuration.webhookRetention),
                logger: logger),
            NightlyIntegrityCheck(
                environment: environment, eventRetention: configuration.webhookRetention, logger: logger),
        ]

        // HTTP.
        let certificate = try configuration.certificateFiles.map {
            try ServerCertificate(certificateFile: $0.certificate, keyFile: $0.key, logger: logger)
        }
        if let certificate { services.append(certificate) }
        let scheme = certificate == nil ? "http" : "https"
        let boundPort = Mutex(configuration.port)
        let fixedURL = configuration.publicURL
        let publicURL: @Sendable () -> String = {
            fixedURL ?? "\(scheme)://localhost:\(boundPort.withLock(\.self))"
        }
        let router = PartnerAPIRouter.router(
            PartnerAPIRouter.Dependencies(
                accounts: accounts, patients: Patients(environment: environment, systems: systems),
                pharmacies: pharmacies,
                orders: Orders(
                    environment: environment, pharmacies: pharmacies, systems: systems, servedOnLoopback: allowsLoopback
                ),
                reports: reports,
                webhooks: Webhooks(
                    environment: environment, sender: sender, servedOnLoopback: allowsLoopback), sandbox: controls,
                rateLimiter: limiter,
                rateLimit: configuration.rateLimit, authRateLimit: configuration.authRateLimit,
                trustedProxies: configuration.trustedProxies, publicURL: publicURL, now: { time.now() },
                unreadiness: { await readiness.reason() },
                metricsText: { metrics.text { ProcessMetrics.write(to: &$0) } }, alerts: { alarm.messages }),
            pages: DeveloperHubRoutes.paths)
        try DeveloperHubRoutes(publicURL: publicURL).add(to: router)
        let application = Application(
            router: router,
            server: .partnerAPI(certificate: certificate, limits: ConnectionLimits(keepAlive: configuration.keepAlive)),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: nil),
            services: services.map(NamedService.init),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? configuration.port
                boundPort.withLock { $0 = port }
                await AcceptBackoff.install(on: channel, logger: logger)
                Terminal.announce("Listening on \(scheme)://\(configuration.host):\(port)")
                Terminal.announce("Sandbox base URL: \(publicURL())/pharmacy/sandbox/api/v1")
                Terminal.announce("Developer hub: \(publicURL())/")
            },
            logger: logger)

        let settings = configuration.givenSettings
        let startedAt = time.now()
        try await store.systemWrite(.log) { $0.audit(.serverStarted, settings, at: startedAt) }
        try await controls.provision()
        let outcome: Result<Void, CommandError>
        do {
            var group = ServiceGroupConfiguration(
                services: [NamedService(base: application)], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger)
            // A client that never sends the rest of its request holds nothing up for longer than this.
            group.maximumGracefulShutdownDuration = configuration.shutdownGrace
            outcome = .success(try await ServiceGroup(configuration: group).run())
        } catch {
            outcome = .failure(CommandError(error, host: configuration.host, port: configuration.port))
        }
        await sender.shutdown()
        await links.shutdown()
        await places.shutdown()
        await store.close()
        try outcome.get()
    }
}
