internal import DeveloperHub
internal import Hummingbird
internal import NIOCore
internal import PartnerAPI
internal import PharmacyServices
internal import ServiceLifecycle

extension Server {
    /// The partners' endpoints, the operator's probes and the developer hub.
    func makeRouter(
        _ services: ServerServices, _ installation: Installation, _ metrics: PrometheusRegistry,
        _ address: ServerAddress, _ hub: HubContent
    ) -> PartnerRouter {
        let time = installation.environment.time
        let publicURL: @Sendable () -> String = { address.publicURL }
        let (readiness, alarm) = (services.readiness, services.auditAlarm)
        let sessions = Sessions(environment: installation.environment, accounts: services.accounts)
        let dependencies = APIDependencies(
            services: APIServices(
                accounts: services.accounts,
                sessions: sessions,
                streams: SessionStreams(sessions: sessions, notifier: installation.notifier, time: time),
                patients: services.patients, pharmacies: services.pharmacies,
                orders: services.orders, reports: services.reports, webhooks: services.webhooks,
                requests: services.requests, audit: TenantAuditLog(environment: installation.environment),
                sandbox: services.sandbox, now: { time.now() }),
            limits: APILimits(
                rateLimiter: services.rateLimiter, general: configuration.rateLimit,
                authentication: configuration.authRateLimit),
            site: APISite(publicURL: publicURL, trustedProxies: configuration.trustedProxies),
            probes: APIProbes(
                unreadiness: { await readiness.reason() },
                metricsText: { metrics.text { ProcessMetrics.write(to: &$0) } },
                alerts: { alarm.messages }))
        let router = PartnerAPIRouter.router(dependencies, pages: DeveloperHubRoutes.methods)
        DeveloperHubRoutes(
            content: hub, dependencies: dependencies, isServedOnLoopback: policy.allowsLoopbackWebhooks
        ).add(to: router.others)
        return router
    }

    /// The settings that the developer hub shows.
    var hubSettings: HubSettings {
        var step: Duration?
        if case .every(let duration) = configuration.sandboxStep { step = duration }
        return HubSettings(
            supportContact: configuration.supportContact, rateLimit: configuration.rateLimit,
            authRateLimit: configuration.authRateLimit, dispatchAge: configuration.dispatchAge,
            reconcileAfter: configuration.reconcileAfter, webhookRetryDelay: configuration.webhookRetryDelay,
            webhookRetention: configuration.webhookRetention,
            requestLogRetention: configuration.requestLogRetention, sandboxStep: step,
            sandboxWipeEvery: configuration.sandboxWipeEvery)
    }

    /// The HTTP server together with the services that run while it serves.
    func makeApplication(
        _ router: PartnerRouter, _ jobs: [any Service], _ certificate: ServerCertificate?,
        _ address: ServerAddress
    ) -> some ApplicationProtocol {
        let services = jobs + [certificate].compactMap(\.self)
        let logger = logger
        return Application(
            router: router,
            server: .partnerAPI(certificate: certificate, limits: ConnectionLimits(keepAlive: configuration.keepAlive)),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.configuredPort), serverName: nil),
            services: services.map(NamedService.init),
            onServerRunning: { channel in
                await AcceptBackoff.install(on: channel, logger: logger, room: ConnectionLimits.room())
                address.listens(on: channel.localAddress?.port ?? address.configuredPort)
            },
            logger: logger)
    }
}
