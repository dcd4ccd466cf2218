package import PartnerAPI
package import PharmacyDomain
internal import PharmacyServices

extension APIDependencies {
    /// The dependencies of a router for a test's installation, at `http://localhost`.
    /// - Parameter limit: the limit of all requests, also on the token endpoints.
    package convenience init(
        _ installation: TestInstallation, limit: RateLimit,
        probes: APIProbes = APIProbes(unreadiness: { nil }, metricsText: { "" })
    ) {
        let time = installation.time
        self.init(
            services: APIServices(
                accounts: installation.accounts,
                sessions: installation.sessions, streams: installation.streams,
                patients: installation.patients, pharmacies: installation.pharmacies,
                orders: installation.orders, reports: installation.reports, webhooks: installation.webhooks,
                requests: installation.requests, audit: TenantAuditLog(environment: installation.environment),
                sandbox: installation.controls, now: { time.now() }),
            limits: APILimits(rateLimiter: RateLimiter(time: time), general: limit, authentication: limit),
            site: APISite(publicURL: { "http://localhost" }, trustedProxies: []), probes: probes)
    }
}
