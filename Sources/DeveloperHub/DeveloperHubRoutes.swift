internal import HTTPTypes
package import Hummingbird
internal import Mustache
internal import NIOCore
package import PartnerAPI

/// The routes of the developer hub: a start page, the reference of all endpoints, and the explanations of all errors.
package struct DeveloperHubRoutes: Sendable {
    private let pages: HubPages
    private let baseURL: @Sendable () -> String

    /// - Parameter publicURL: the URL of the server, without a trailing slash.
    /// - Throws: `MustacheTemplate.ParserError` if a template is malformed.
    package init(publicURL: @escaping @Sendable () -> String) throws {
        pages = try HubPages()
        baseURL = publicURL
    }

    /// The paths of all routes.
    package static let paths: Set<String> = ["/", "/docs", "/docs/reference", "/docs/errors", "/docs/hub.css"]

    /// Adds the routes of `paths`.
    package func add(to router: Router<PartnerContext>) {
        let hub = self
        router.get("/") { _, _ in hub.page(hub.pages.home(origin: hub.baseURL())) }
        router.get("/docs") { _, _ in hub.page(hub.pages.home(origin: hub.baseURL())) }
        router.get("/docs/reference") { _, _ in hub.page(hub.pages.reference()) }
        router.get("/docs/errors") { _, _ in hub.page(hub.pages.errors()) }
        router.get("/docs/hub.css") { _, _ in
            DeveloperHubRoutes.response(HubPages.styleSheet, contentType: "text/css; charset=utf-8")
        }
    }

    private func page(_ html: String) -> Response {
        DeveloperHubRoutes.response(html, contentType: "text/html; charset=utf-8")
    }

    private static func response(_ text: String, contentType: String) -> Response {
        let headers: HTTPFields = [
            .contentType: contentType, .cacheControl: "public, max-age=60",
            .contentSecurityPolicy: "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
        ]
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
