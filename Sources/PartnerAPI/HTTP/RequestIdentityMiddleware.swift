import HTTPTypes
import Hummingbird
import Logging
import PharmacyDomain
import Tracing

/// The outermost middleware: gives a request its id, its place among the endpoints and its span.
struct RequestIdentityMiddleware: RouterMiddleware {
    /// The paths of the endpoints.
    let routes: RouteTable
    /// Whose `X-Forwarded-For` is believed.
    let trustedProxies: [IPAddressBlock]
    /// Looks for proxies where none is configured.
    private let proxyWarning = UnnamedProxyWarning()

    /// Middleware that believes some proxies.
    init(routes: RouteTable, trustedProxies: [IPAddressBlock]) {
        self.routes = routes
        self.trustedProxies = trustedProxies
    }

    /// Names the request, passes it on, and finishes the answer.
    func handle(
        _ request: Request, context: PartnerContext, next: (Request, PartnerContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.requestID = RequestID.accepting(request.headers[.xRequestID])
        context.logger[metadataKey: "request_id"] = .string(context.requestID)
        if trustedProxies.isEmpty { proxyWarning.look(at: request.headers, logger: context.logger) }
        if let peer = context.peer, !trustedProxies.isEmpty {
            context.clientAddress = ClientAddress.key(
                ClientAddress.nearest(
                    peer: peer, forwarded: request.headers[.xForwardedFor], trusting: trustedProxies))
        }
        context.segments = RouteTable.segments(of: request.uri.path)
        context.route = routes.route(context.segments)
        let name = context.endpoint(for: request.method)?.operation.id ?? "http.request"
        var response = try await withSpan(name, context: serviceContext(request.headers), ofKind: .server) { span in
            let response = try await next(request, context)
            span.attributes["http.request.method"] = request.method.rawValue
            span.attributes["http.response.status_code"] = response.status.code
            if response.status.kind == .serverError { span.setStatus(SpanStatus(code: .error)) }
            return response
        }
        response.headers[.xRequestID] = context.requestID
        // A 204 has no length (RFC 9110 §8.6), and an answer to HEAD has no body but that of GET described.
        if response.status == .noContent { response.headers[.contentLength] = nil }
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// The trace that the caller belongs to.
    private func serviceContext(_ headers: HTTPFields) -> ServiceContext {
        var context = ServiceContext.current ?? .topLevel
        InstrumentationSystem.instrument.extract(headers, into: &context, using: HeaderExtractor())
        return context
    }

    /// Reads trace headers.
    private struct HeaderExtractor: Extractor {
        /// The value of one header field.
        func extract(key: String, from headers: HTTPFields) -> String? {
            HTTPField.Name(key).flatMap { headers[$0] }
        }
    }
}
