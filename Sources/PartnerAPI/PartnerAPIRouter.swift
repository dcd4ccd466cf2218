import HTTPTypes
package import Hummingbird
package import PharmacyDomain
package import PharmacyServices

/// The HTTP layer: every endpoint, and the router that answers for them.
package enum PartnerAPIRouter {
    /// The API's version, as the guide's release notes count it.
    package static let version = "1.1.0"

    /// The most bytes a body may have.
    package static let bodyLimit = RequestContent.sizeLimit

    /// Every endpoint, in the order of the document.
    package static let endpoints: [Endpoint] =
        AccountEndpoints.all + PatientEndpoints.all + PharmacyEndpoints.all + OrderEndpoints.all
        + WebhookEndpoints.all + SandboxEndpoints.all

    /// All that the HTTP layer is given.
    package final class Dependencies: Sendable {
        /// Tenants, credentials and tokens.
        package let accounts: Accounts
        /// The verbs of patients.
        package let patients: Patients
        /// The verbs of pharmacies.
        package let pharmacies: Pharmacies
        /// The verbs of orders.
        package let orders: Orders
        /// What the pharmacies report of orders.
        package let reports: OrderReports
        /// The verbs of deliveries.
        package let webhooks: Webhooks
        /// The sandbox's controls.
        package let sandbox: SandboxControls
        /// Counts requests.
        package let rateLimiter: RateLimiter
        /// For each credential, and for each address on paths that need none.
        package let rateLimit: RateLimit
        /// For each address and tenant on the token endpoints, and for each address whose order reports are not signed.
        package let authRateLimit: RateLimit
        /// Reverse proxies whose `X-Forwarded-For` is believed.
        package let trustedProxies: [IPAddressBlock]
        /// Where the service is reached from outside, without a slash at the end; asked at each use, for a server on any
        /// free port learns its own only when it listens.
        package let publicURL: @Sendable () -> String
        /// What ping and the document say.
        package let version: String
        /// The clock.
        package let now: @Sendable () -> Timestamp
        /// Why requests cannot be served, in words that anybody may read; `nil` where they can.
        package let unreadiness: @Sendable () async -> String?
        /// The page of metrics in the Prometheus text format.
        package let metricsText: @Sendable () -> String
        /// What operators have to be told of while requests are served all the same: sentences that `/readyz` carries.
        package let alerts: @Sendable () -> [String]

        /// Takes everything as it is.
        package init(
            accounts: Accounts, patients: Patients, pharmacies: Pharmacies, orders: Orders, reports: OrderReports,
            webhooks: Webhooks,
            sandbox: SandboxControls, rateLimiter: RateLimiter, rateLimit: RateLimit, authRateLimit: RateLimit,
            trustedProxies: [IPAddressBlock], publicURL: @escaping @Sendable () -> String,
            version: String = PartnerAPIRouter.version, now: @escaping @Sendable () -> Timestamp,
            unreadiness: @escaping @Sendable () async -> String?, metricsText: @escaping @Sendable () -> String,
            alerts: @escaping @Sendable () -> [String] = { [] }
        ) {
            self.accounts = accounts
            self.patients = patients
            self.pharmacies = pharmacies
            self.orders = orders
            self.reports = reports
            self.webhooks = webhooks
            self.sandbox = sandbox
            self.rateLimiter = rateLimiter
            self.rateLimit = rateLimit
            self.authRateLimit = authRateLimit
            self.trustedProxies = trustedProxies
            self.publicURL = publicURL
            self.version = version
            self.now = now
            self.unreadiness = unreadiness
            self.metricsText = metricsText
            self.alerts = alerts
        }
    }

    /// The router with its middleware, all endpoints and the routes beside them; routes that are added to it later run
    /// through the same middleware, so that unknown paths and errors are answered alike everywhere.
    /// - Parameter pages: the paths of the routes that are added later, all for reading.
    package static func router(_ services: Dependencies, pages: Set<String> = []) -> Router<PartnerContext> {
        var methods = Dictionary(
            uniqueKeysWithValues: ServerRoutes.paths.union(pages).map { ($0, [HTTPRequest.Method.get, .head]) })
        if services.reports.isEnabled { methods[OrderReportRoute.path] = [.post] }
        let router = Router(context: PartnerContext.self, options: .autoGenerateHeadEndpoints)
        router.add(
            middleware: RequestIdentityMiddleware(
                routes: RouteTable(endpoints), trustedProxies: services.trustedProxies))
        router.add(middleware: ObservationMiddleware(isSecure: services.publicURL().hasPrefix("https:")))
        router.add(middleware: ErrorRenderingMiddleware(publicURL: services.publicURL))
        router.add(middleware: TenantMiddleware(accounts: services.accounts, methods: methods))
        ServerRoutes(services: services).add(to: router)
        OrderReportRoute(
            reports: services.reports, rateLimiter: services.rateLimiter, failureLimit: services.authRateLimit
        ).add(to: router)
        routes(endpoints, on: router, services: services)
        return router
    }

    /// Registers every endpoint under its path and method.
    package static func routes(_ endpoints: [Endpoint], on router: Router<PartnerContext>, services: Dependencies) {
        let gate = AdmissionGate(services: services)
        for endpoint in endpoints {
            router.on(
                RouterPath(endpoint.fullPath), method: endpoint.operation.method,
                responder: EndpointResponder(endpoint: endpoint, services: services, gate: gate))
        }
    }
}
