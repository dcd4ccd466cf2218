package import HTTPTypes
import Hummingbird
import PharmacyServices

/// The HTTP layer: every endpoint, and the router that dispatches to them.
package enum PartnerAPIRouter {
    /// The API's version, as the guide's release notes count it.
    package static let version = APIVersion.current

    /// The most bytes a body may have.
    package static let bodyLimit = RequestContent.sizeLimit

    /// Every endpoint, in the order of the document.
    package static let endpoints: [Endpoint] =
        AccountEndpoints.all + PatientEndpoints.all + PharmacyEndpoints.all + OrderEndpoints.all
        + WebhookEndpoints.all + RequestLogEndpoints.all + SandboxEndpoints.all

    /// The router with its middleware, every endpoint, and the operator's routes. Routes that are added to it later run
    /// through the same middleware, so that unknown paths and errors get the same responses everywhere.
    /// - Parameters:
    ///   - pages: the paths of the routes that are added later, with their methods.
    ///   - endpoints: the endpoints that the router serves.
    package static func router(
        _ dependencies: APIDependencies, pages: [String: [HTTPRequest.Method]] = [:],
        endpoints: [Endpoint] = PartnerAPIRouter.endpoints
    ) -> PartnerRouter {
        let (services, limits, site) = (dependencies.services, dependencies.limits, dependencies.site)
        var methods = Dictionary(
            uniqueKeysWithValues: ServerRoutes.paths.union([JSONWebKeySet.path]).map {
                ($0, [HTTPRequest.Method.get, .head])
            }
        ).merging(pages) { own, _ in own }
        if services.reports.isEnabled { methods[OrderReportRoute.path] = [.post] }
        let router = PartnerRouter(
            middleware: PartnerMiddleware(
                identity: RequestIdentityMiddleware(
                    routes: RouteTable(endpoints), trustedProxies: site.trustedProxies, now: services.now),
                observation: ObservationMiddleware(
                    isSecure: site.publicURL().hasPrefix("https:"), requestLog: services.requests),
                errors: ErrorRenderingMiddleware(publicURL: site.publicURL),
                tenants: TenantMiddleware(accounts: services.accounts, methods: methods),
                endpoints: EndpointMiddleware(dependencies: dependencies)),
            others: Router(context: PartnerContext.self, options: .autoGenerateHeadEndpoints))
        ServerRoutes(site: site, probes: dependencies.probes).add(to: router.others)
        WellKnownRoutes(accounts: services.accounts, site: site).add(to: router.others)
        OrderReportRoute(
            reports: services.reports, rateLimiter: limits.rateLimiter, failureLimit: limits.authentication
        ).add(to: router.others)
        return router
    }
}

extension CommonSchemas {
    /// Every component of the document.
    package static let all: [(name: String, schema: Schema)] =
        AccountResource.components + PatientResource.components + PatientBatchEndpoint.components
        + PharmacyResource.components + OrderResource.components + OrderBatchEndpoint.components
        + WebhookResource.components + RegisteredEndpointResource.components + LoggedRequestResource.components
        + components
}

extension Schema {
    /// The component that a reference names, otherwise the schema itself.
    package var resolved: Schema {
        guard case .reference(let name) = kind else { return self }
        return CommonSchemas.all.first { $0.name == name }?.schema ?? self
    }
}

extension OpenAPIDocument {
    /// The document of this API.
    package init(publicURL: String, version: String = PartnerAPIRouter.version) {
        self.init(
            operations: PartnerAPIRouter.endpoints.map(\.operation), schemas: CommonSchemas.all,
            webhooks: WebhookEvents.webhooks, publicURL: publicURL, version: version)
    }
}
