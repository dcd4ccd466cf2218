import HTTPTypes
import Hummingbird
import Logging
import Metrics
import PharmacyDomain
import PharmacyServices
import Synchronization

/// Counts and logs every response by operation, never by path, because paths may contain identifiers of patients. Those to
/// tenants' requests are also added to the tenant's request log. It also sets the security headers for browsers.
struct ObservationMiddleware: RouterMiddleware {
    let requestLog: RequestLog
    /// The security headers of all responses, and those of tenants' paths.
    private let publicFields, privateFields: [HTTPField]
    private let metrics = RequestMetrics()

    /// - Parameter isSecure: whether the public URL is https, so that responses can have `Strict-Transport-Security`.
    init(isSecure: Bool, requestLog: RequestLog) {
        self.requestLog = requestLog
        let transport =
            isSecure ? [HTTPField(name: .strictTransportSecurity, value: "max-age=31536000")] : []
        publicFields =
            [
                HTTPField(name: .xContentTypeOptions, value: "nosniff"), HTTPField(name: .xFrameOptions, value: "DENY"),
                HTTPField(name: .referrerPolicy, value: "no-referrer"),
            ] + transport
        privateFields =
            publicFields + [
                // Responses contain personal data, which caches must not store.
                HTTPField(name: .cacheControl, value: "no-store"),
                HTTPField(name: .contentSecurityPolicy, value: "default-src 'none'; frame-ancestors 'none'"),
            ]
    }

    func handle(
        _ request: Request, context: PartnerContext, next: (Request, PartnerContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        context.route?.deprecations(for: request.method)?.announce(in: context.pendingHeaders)
        var response: Response
        do {
            // All waits of one request for the store share one time limit.
            response = try await RequestStoreTime.limited { try await next(request, context) }
        } catch let error as ClientDisconnected {
            record(request, context, status: ClientDisconnected.status, since: start)
            throw error
        }
        record(request, context, status: response.status.code, since: start)
        setSecurityHeaders(&response, isPrivate: context.segments.first == "pharmacy")
        return response
    }

    /// Counts and logs a completed request.
    private func record(
        _ request: Request, _ context: PartnerContext, status: Int, since start: ContinuousClock.Instant
    ) {
        let duration = start.duration(to: .now)
        let known = context.subject.known
        if let tenant = known.tenant {
            requestLog.record(
                LoggedRequest(request, context, known, status: status, duration: duration), tenant: tenant)
        }
        let operation = context.endpoint(for: request.method)?.operation.id ?? "other"
        metrics.record(operation: operation, method: request.method, status: status, duration: duration)
        // Probes and scrapes arrive every few seconds, so they are logged at debug level only.
        context.logger.log(
            level: context.route == nil && !RequestRefusal.isStandIn(request.head) ? .debug : .info, "request",
            metadata: known.metadata(adding: [
                "operation": "\(operation)",
                "method": "\(RequestMetrics.name(request.method))",
                "status": .stringConvertible(status),
                "duration_ms": .stringConvertible(duration.milliseconds),
            ]))
    }

    /// Sets the security headers that the route has not set itself.
    private func setSecurityHeaders(_ response: inout Response, isPrivate: Bool) {
        for field in isPrivate ? privateFields : publicFields where response.headers.value(field.name) == nil {
            response.headers.append(field)
        }
    }
}

extension LoggedRequest {
    fileprivate init(
        _ request: Request, _ context: PartnerContext, _ known: RequestSubject.Known, status: Int, duration: Duration
    ) {
        let operation = context.endpoint(for: request.method)?.operation
        let path = context.pathSubject
        self.init(
            id: context.requestID, receivedAt: context.receivedAt, credential: known.credential,
            operation: operation?.id, method: RequestMetrics.name(request.method),
            path: (operation ?? context.route?.endpoints.first?.operation)?.path, status: status,
            code: known.code?.rawValue, duration: .milliseconds(duration.milliseconds),
            order: known.order ?? path.order, patient: known.patient ?? path.patient)
    }
}

/// The counters and histograms of requests, each created on first use.
private final class RequestMetrics: Sendable {
    private struct SeriesKey: Hashable {
        /// The `operationId`, or `other`.
        let operation: String
        let method: String
        let status: Int
    }

    private let counters = Mutex<[SeriesKey: Counter]>([:])
    /// By operation.
    private let timers = Mutex<[String: Metrics.Timer]>([:])

    func record(operation: String, method: HTTPRequest.Method, status: Int, duration: Duration) {
        let key = SeriesKey(operation: operation, method: RequestMetrics.name(method), status: status)
        counters.withLock { $0.value(key) { RequestMetrics.counter(key) } }.increment()
        timers.withLock { $0.value(operation) { RequestMetrics.timer(operation) } }
            .recordNanoseconds(duration.nanoseconds)
    }

    /// The method, or `OTHER` for an unusual one, so that scanners cannot create label values.
    static func name(_ method: HTTPRequest.Method) -> String {
        switch method {
        case .get, .head, .post, .put, .patch, .delete, .options: method.rawValue
        default: "OTHER"
        }
    }

    private static func counter(_ key: SeriesKey) -> Counter {
        Counter(
            label: "requests_total",
            dimensions: [("operation", key.operation), ("method", key.method), ("status", String(key.status))])
    }

    private static func timer(_ operation: String) -> Metrics.Timer {
        Metrics.Timer(label: "request_duration_seconds", dimensions: [("operation", operation)])
    }
}

extension Dictionary {
    /// The value of a key, inserted if it is missing.
    fileprivate mutating func value(_ key: Key, make: () -> Value) -> Value {
        if let value = self[key] { return value }
        let value = make()
        self[key] = value
        return value
    }
}
