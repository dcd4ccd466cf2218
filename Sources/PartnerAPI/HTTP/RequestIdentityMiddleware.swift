import HTTPTypes
import Hummingbird
import Logging
import PharmacyDomain
import Tracing

/// The outermost middleware: it assigns the request id, finds the route and starts the trace span.
struct RequestIdentityMiddleware: RouterMiddleware {
    let routes: RouteTable
    /// The proxies whose `X-Forwarded-For` is trusted.
    let trustedProxies: [IPAddressBlock]
    let now: @Sendable () -> Timestamp
    private let proxyWarning = UnconfiguredProxyWarning()
    /// Whether a tracer was installed before the server was assembled. Without one a span would cost a look-up and record nothing.
    private let isTraced = !(InstrumentationSystem.tracer is NoOpTracer)

    init(routes: RouteTable, trustedProxies: [IPAddressBlock], now: @escaping @Sendable () -> Timestamp) {
        self.routes = routes
        self.trustedProxies = trustedProxies
        self.now = now
    }

    func handle(
        _ request: Request, context: PartnerContext, next: (Request, PartnerContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.receivedAt = now()
        context.requestID = RequestID.accepting(request.headers.value(.xRequestID), at: context.receivedAt)
        context.logger[metadataKey: "request_id"] = .string(context.requestID)
        if trustedProxies.isEmpty { proxyWarning.check(request.headers, logger: context.logger) }
        if let peer = context.peer, !trustedProxies.isEmpty {
            context.clientAddress = ClientAddress.key(
                ClientAddress.nearest(
                    peer: peer, forwarded: request.headers.value(.xForwardedFor), trusting: trustedProxies))
        }
        context.segments = RouteTable.segments(of: request.uri.path)
        context.route = routes.route(context.segments)
        var response = try await isTraced ? traced(request, context, next) : next(request, context)
        response.headers.append(HTTPField(name: .xRequestID, value: context.requestID))
        // A 204 has no Content-Length (RFC 9110 §8.6). A response to HEAD has the headers of GET and no body (§9.3.2).
        if response.status == .noContent { response.headers[.contentLength] = nil }
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// Responds within a span that is named after the operation.
    private func traced(
        _ request: Request, _ context: PartnerContext,
        _ next: (Request, PartnerContext) async throws -> Response
    ) async throws -> Response {
        let name = context.endpoint(for: request.method)?.operation.id ?? "http.request"
        return try await withSpan(name, context: serviceContext(request.headers), ofKind: .server) { span in
            let response = try await next(request, context)
            span.attributes["http.request.method"] = request.method.rawValue
            span.attributes["http.response.status_code"] = response.status.code
            if response.status.kind == .serverError { span.setStatus(SpanStatus(code: .error)) }
            return response
        }
    }

    /// The caller's trace context, for example from `traceparent`.
    private func serviceContext(_ headers: HTTPFields) -> ServiceContext {
        var context = ServiceContext.current ?? .topLevel
        InstrumentationSystem.instrument.extract(headers, into: &context, using: HeaderExtractor())
        return context
    }

    private struct HeaderExtractor: Extractor {
        func extract(key: String, from headers: HTTPFields) -> String? {
            HTTPField.Name(key).flatMap { headers[$0] }
        }
    }
}
