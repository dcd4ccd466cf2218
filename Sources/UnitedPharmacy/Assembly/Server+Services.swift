internal import NIOPosix
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

extension Server {
    func makeServices(
        _ installation: Installation, _ directory: DataDirectory, _ address: ServerAddress
    ) async throws -> ServerServices {
        let environment = installation.environment
        let allowsLoopback = policy.allowsLoopbackWebhooks
        let accounts = Accounts(
            environment: environment,
            tokens: try await AccessTokens(
                environment: environment, issuer: TokenIssuer(publicURL: { address.publicURL })))
        let factory = PharmacySystemsFactory(configuration, installation, logger: logger)
        let pharmacies = Pharmacies(
            environment: environment, systems: factory.systems, codec: factory.codec,
            rendering: PharmacyResource.medicationRendering)
        let sender = WebhookSender(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, time: environment.time)
        let reconciliation = ReconciliationPolicy(after: configuration.reconcileAfter)
        return ServerServices(
            accounts: accounts,
            patients: Patients(environment: environment, systems: factory.systems),
            pharmacies: pharmacies,
            orders: Orders(
                environment: environment, pharmacies: pharmacies, systems: factory.systems,
                servedOnLoopback: allowsLoopback),
            reports: OrderReports(
                environment: environment, systems: factory.systems, policy: reconciliation,
                callbackSecret: configuration.impetus?.callbackSecret),
            webhooks: Webhooks(environment: environment, sender: sender, servedOnLoopback: allowsLoopback),
            requests: RequestLog(environment: environment),
            sandbox: makeSandbox(installation, accounts),
            systems: factory, sender: sender, reconciliation: reconciliation,
            rateLimiter: RateLimiter(
                time: environment.time, sharing: environment.store.isExclusive ? nil : environment.store),
            auditAlarm: AuditAlarm(logger: logger),
            auditAnchors: AuditAnchorLocations(configuration, in: directory),
            readiness: StoreReadiness(environment: environment))
    }

    private func makeSandbox(_ installation: Installation, _ accounts: Accounts) -> SandboxControls {
        SandboxControls(
            environment: installation.environment, accounts: accounts, wipeEvery: configuration.sandboxWipeEvery,
            setupTokens: installation.setupTokens, announce: { Terminal.announce("Sandbox setup token: \($0)") })
    }
}
