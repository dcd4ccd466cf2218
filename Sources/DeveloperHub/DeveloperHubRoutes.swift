package import HTTPTypes
package import Hummingbird
package import PartnerAPI
internal import Synchronization

/// The routes of the developer hub: the guide, the reference, the search, and the documents for machines.
package final class DeveloperHubRoutes: Sendable {
    private let content: HubContent
    private let publicURL: @Sendable () -> String
    /// For the present public URL, which is known only after the port is bound.
    private let current: Mutex<HubSite>

    private let dependencies: APIDependencies
    private let isServedOnLoopback: Bool

    /// - Parameter isServedOnLoopback: whether the server is reached from this machine alone.
    package init(content: HubContent, dependencies: APIDependencies, isServedOnLoopback: Bool) {
        self.content = content
        self.dependencies = dependencies
        self.isServedOnLoopback = isServedOnLoopback
        publicURL = dependencies.site.publicURL
        current = Mutex(content.site)
    }

    /// - Throws: `HubError` if a file of the hub is missing or wrong.
    package convenience init(
        settings: HubSettings, dependencies: APIDependencies, isServedOnLoopback: Bool
    ) throws {
        self.init(
            content: try HubContent(settings: settings, origin: dependencies.site.publicURL()),
            dependencies: dependencies, isServedOnLoopback: isServedOnLoopback)
    }

    /// The paths that do not depend on the files, with their methods.
    package static let methods: [String: [HTTPRequest.Method]] = {
        let pages =
            ["/", "/docs/search", "/llms.txt", "/sitemap.xml", Reference.root, SwaggerPage.path]
            + GuideTable.paths + Reference.paths
        return Dictionary(uniqueKeysWithValues: pages.map { ($0, [HTTPRequest.Method.get, .head]) })
            .merging([themePath: [.post]]) { first, _ in first }
    }()

    private static let themePath = "/docs/theme"
    /// The most bytes of the form that chooses a theme.
    private static let formLimit = 4096

    /// Adds the routes.
    package func add(to router: Router<PartnerContext>) {
        for path in ["/", "/docs", "/docs/**", "/assets/**", "/llms.txt", "/sitemap.xml"] {
            router.get(RouterPath(path)) { request, context in try self.page(request, context) }
        }
        let dashboard = Dashboard(
            services: dependencies.services, limits: dependencies.limits, settings: content.settings,
            isServedOnLoopback: isServedOnLoopback, site: { try self.site() })
        for path in [Dashboard.path, "\(Dashboard.path)/**"] {
            for method in [HTTPRequest.Method.get, .post] {
                router.on(RouterPath(path), method: method) { request, context in
                    try await dashboard.respond(request, context)
                }
            }
        }
        router.get("/docs/search") { request, _ in try self.search(request) }
        router.post(RouterPath(DeveloperHubRoutes.themePath)) { request, _ in try await self.chooseTheme(request) }
    }

    private func site() throws -> HubSite {
        let origin = publicURL()
        let site = current.withLock(\.self)
        if site.origin == origin { return site }
        let renewed = try content.site(origin: origin)
        current.withLock { $0 = renewed }
        return renewed
    }

    private func page(_ request: Request, _ context: PartnerContext) throws -> Response {
        let (site, theme) = (try site(), Theme(request))
        if let document = try site.document(request.uri.path, theme: theme) { return document.response(to: request) }
        // People get a page; programs get the API's error.
        guard request.headers[.accept]?.contains("text/html") == true else { throw APIError(.notFound) }
        return try site.missing(theme: theme, requestID: context.requestID).response(to: request)
    }

    private func search(_ request: Request) throws -> Response {
        let query = request.uri.queryParameters["q"].map { String($0.prefix(SearchIndex.queryLimit)) } ?? ""
        let site = try site()
        if request.headers[.accept]?.contains("application/json") == true {
            return site.searchResults(query).response(to: request)
        }
        return try site.searchPage(query, theme: Theme(request)).response(to: request)
    }

    /// Remembers the theme in a cookie and returns to the page.
    private func chooseTheme(_ request: Request) async throws -> Response {
        let form = try await HubForm.fields(of: request, limit: DeveloperHubRoutes.formLimit)
        guard let theme = form["theme"].flatMap(Theme.init(rawValue:)) else { throw APIError(.badRequest) }
        // Only to a page of this server: a second slash would begin the name of another one.
        let next = form["next"].flatMap { $0.hasPrefix("/") && !$0.hasPrefix("//") && !$0.contains("\\") ? $0 : nil }
        let isSafe = (next ?? "/").utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return Response(
            status: .seeOther,
            headers: [
                .location: isSafe ? next ?? "/" : "/", .cacheControl: "no-store",
                .setCookie: theme.cookie(isSecure: publicURL().hasPrefix("https:")),
            ])
    }
}
