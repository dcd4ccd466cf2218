import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import PharmacyDomain

/// The routes outside the tenants' paths: the operator's probes and metrics, and the OpenAPI document.
struct ServerRoutes {
    let site: APISite
    let probes: APIProbes

    /// Each path has `GET` and `HEAD`.
    static let paths: Set<String> = ["/livez", "/readyz", "/metrics", "/openapi.json", "/openapi.yaml"]

    func add(to router: Router<PartnerContext>) {
        let probes = probes
        let pages = OpenAPIPages(site: site)
        router.get("/livez") { _, _ in ServerRoutes.text("ok\n") }
        router.get("/readyz") { _, _ in
            let reason = await probes.unreadiness()
            // An alert takes no server out of service: its requests are served, and there may be no other to serve them.
            let alerts = probes.alerts().map { "alert: \($0)\n" }.joined()
            return ServerRoutes.text(
                (reason.map { "not ready: \($0)\n" } ?? "ok\n") + alerts,
                status: reason == nil ? .ok : .serviceUnavailable)
        }
        router.get("/metrics") { _, _ in
            ServerRoutes.text(probes.metricsText(), contentType: "text/plain; version=0.0.4; charset=utf-8")
        }
        router.get("/openapi.json") { request, _ in
            try await ServerRoutes.page(
                try pages.current().json, contentType: "application/json; charset=utf-8", to: request)
        }
        router.get("/openapi.yaml") { request, _ in
            try await ServerRoutes.page(
                try pages.current().yaml, contentType: "application/yaml; charset=utf-8", to: request)
        }
    }

    /// A response in plain text.
    private static func text(
        _ text: String, status: HTTPResponse.Status = .ok, contentType: String = "text/plain; charset=utf-8"
    ) -> Response {
        let headers: HTTPFields = [.contentType: contentType, .cacheControl: "no-store"]
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// A document that pages of any origin may read, compressed if the client accepts it.
    private static func page(
        _ page: OpenAPIPages.Page, contentType: String, to request: Request
    ) async throws -> Response {
        var headers: HTTPFields = [
            .contentType: contentType, .accessControlAllowOrigin: "*", .vary: "Accept-Encoding",
        ]
        if AcceptEncoding(request.headers).prefersGzip {
            // The first time it is made, which takes milliseconds, by a thread that serves no requests.
            let compressed = try await NIOThreadPool.singleton.runIfActive { page.compressed.bytes }
            if let compressed {
                headers[.contentEncoding] = "gzip"
                return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: compressed))
            }
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: page.bytes)))
    }
}
