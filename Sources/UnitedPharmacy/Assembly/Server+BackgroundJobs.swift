internal import PharmacyDomain
internal import PharmacyServices
internal import ServiceLifecycle

extension Server {
    /// The services that run until the server stops, in the order of their start. They stop in the reverse order: the
    /// audit log and the request log come first, because the other services and the last requests write to them.
    func makeBackgroundJobs(
        _ services: ServerServices, _ installation: Installation, _ directory: DataDirectory
    ) -> [any Service] {
        makeAuditJobs(services, installation) + makeOrderJobs(services, installation)
            + makeWebhookJobs(services, installation) + makeSandboxJobs(services, installation)
            + makeKeyJobs(services, installation) + makeStoreJobs(services, installation, directory)
    }

    private func makeAuditJobs(_ services: ServerServices, _ installation: Installation) -> [any Service] {
        let environment = installation.environment
        let anchors = services.auditAnchors
        return [
            // First: it anchors what the writer writes at the end.
            AuditAnchoring(
                environment: environment, key: installation.keys.auditAnchors, file: anchors.file, sinks: anchors.sinks,
                alarm: services.auditAlarm, logger: logger),
            environment.auditBuffer,
            services.requests,
            AuthorizationAlarm(environment: environment, logger: logger),
        ]
    }

    private func makeOrderJobs(_ services: ServerServices, _ installation: Installation) -> [any Service] {
        let (environment, notifier) = (installation.environment, installation.notifier)
        return [
            OrderDispatcher(
                environment: environment, systems: services.systems.systems, maximumAge: configuration.dispatchAge,
                reconciliation: services.reconciliation, notifier: notifier, logger: logger),
            OrderReconciliation(
                environment: environment, reports: services.reports, notifier: notifier, logger: logger),
            BackgroundJob.catalogRefresh(of: services.pharmacies, time: environment.time, logger: logger),
        ]
    }

    private func makeWebhookJobs(_ services: ServerServices, _ installation: Installation) -> [any Service] {
        let environment = installation.environment
        return [
            WebhookDeliverer(
                environment: environment, sender: services.sender,
                policy: DeliveryPolicy(retryDelay: configuration.webhookRetryDelay),
                servedOnLoopback: policy.allowsLoopbackWebhooks, notifier: installation.notifier, logger: logger),
            BackgroundJob.webhookMetrics(environment: environment, logger: logger),
        ]
    }

    private func makeSandboxJobs(_ services: ServerServices, _ installation: Installation) -> [any Service] {
        let (environment, notifier) = (installation.environment, installation.notifier)
        return [
            SandboxSimulator(
                environment: environment, pace: configuration.sandboxStep, notifier: notifier, logger: logger),
            BackgroundJob.sandboxWipe(
                services.sandbox, time: environment.time, notifier: notifier, logger: logger),
        ]
    }

    private func makeKeyJobs(_ services: ServerServices, _ installation: Installation) -> [any Service] {
        let (environment, notifier) = (installation.environment, installation.notifier)
        return [
            BackgroundJob.signingKeyRotation(
                environment: environment, accounts: services.accounts, keys: installation.keys, logger: logger),
            CacheInvalidation(environment: environment, accounts: services.accounts, notifier: notifier),
            DataKeyRotation(environment: environment, notifier: notifier, logger: logger),
            BackgroundJob.identifierEncryption(environment: environment, notifier: notifier, logger: logger),
            BackgroundJob.textKeyConversion(environment: environment, notifier: notifier, logger: logger),
            SealAccounting(environment: environment, logger: logger),
            KeySelfCheck(environment: environment, logger: logger),
        ]
    }

    private func makeStoreJobs(
        _ services: ServerServices, _ installation: Installation, _ directory: DataDirectory
    ) -> [any Service] {
        let (environment, notifier) = (installation.environment, installation.notifier)
        return [
            ErasureSweep(environment: environment, logger: logger),
            IncarnationWatch(
                environment: environment, accounts: services.accounts, notifier: notifier, logger: logger,
                record: directory.incarnationFile.record),
            StoreUpkeep(environment: environment, logger: logger),
            ClockWatch(
                environment: environment, database: installation.databaseClock,
                delays: LongestDelays(
                    retryDelay: configuration.webhookRetryDelay, reconciliation: services.reconciliation,
                    pace: configuration.sandboxStep, wipeEvery: configuration.sandboxWipeEvery), logger: logger),
            BackgroundJob.backlogMetrics(environment: environment, logger: logger),
            BackgroundJob.quarantineWatch(of: environment.quarantine, logger: logger),
            BackgroundJob.tenantDeletion(environment: environment, notifier: notifier, logger: logger),
            RetentionSweeper(
                environment: environment,
                retention: Retention(
                    audit: configuration.auditRetention, webhooks: configuration.webhookRetention,
                    requests: configuration.requestLogRetention),
                logger: logger),
            NightlyIntegrityCheck(
                environment: environment, eventRetention: configuration.webhookRetention, logger: logger),
        ]
    }
}
