import HTTPTypes
import Hummingbird
import Logging
import Metrics
import PharmacyDomain
import PharmacyServices
import Synchronization

/// Counts and logs every answer by operation, never by path, and sets the header fields that guard browsers.
struct ObservationMiddleware: RouterMiddleware {
    /// Whether the API is reached by https, so that browsers may be told to insist on it.
    let isSecure: Bool
    /// What has been counted.
    private let metrics = RequestMetrics()

    /// Middleware for a service that is, or is not, reached by https.
    init(isSecure: Bool) {
        self.isSecure = isSecure
    }

    /// Passes the request on, then counts and logs the answer.
    func handle(
        _ request: Request, context: PartnerContext, next: (Request, PartnerContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var response: Response
        do {
            // A request's waits for the store are bounded together.
            response = try await RequestStoreTime.limited { try await next(request, context) }
        } catch let error as ClientDisconnected {
            note(request, context, status: ClientDisconnected.status, since: start)
            throw error
        }
        note(request, context, status: response.status.code, since: start)
        protect(&response, isPrivate: context.segments.first == "pharmacy")
        return response
    }

    /// Counts and logs a request that has ended.
    private func note(
        _ request: Request, _ context: PartnerContext, status: Int, since start: ContinuousClock.Instant
    ) {
        let duration = start.duration(to: .now)
        let operation = context.endpoint(for: request.method)?.operation.id ?? "other"
        metrics.record(operation: operation, method: request.method, status: status, duration: duration)
        // Probes and scrapes come every few seconds and tell nothing.
        context.logger.log(
            level: context.route == nil && !RequestRefusal.isStandIn(request.head) ? .debug : .info, "request",
            metadata: context.subject.details(with: [
                "operation": "\(operation)",
                "method": "\(RequestMetrics.name(request.method))",
                "status": .stringConvertible(status),
                "duration_ms": .stringConvertible(duration.milliseconds),
            ]))
    }

    /// Sets what a route has not set itself.
    private func protect(_ response: inout Response, isPrivate: Bool) {
        func set(_ name: HTTPField.Name, _ value: String) {
            if !response.headers.contains(name) { response.headers[name] = value }
        }
        set(.xContentTypeOptions, "nosniff")
        set(.xFrameOptions, "DENY")
        set(.referrerPolicy, "no-referrer")
        if isSecure { set(.strictTransportSecurity, "max-age=31536000") }
        guard isPrivate else { return }
        // Answers hold personal data: no cache on the way may keep them.
        set(.cacheControl, "no-store")
        set(.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'")
    }
}

/// The counters and histograms of requests, each made once.
private final class RequestMetrics: Sendable {
    /// What answers are counted by.
    private struct Key: Hashable {
        /// The `operationId`, or `other`.
        let operation: String
        /// The method's name.
        let method: String
        /// The status code.
        let status: Int
    }

    /// The counters made so far.
    private let counters = Mutex<[Key: Counter]>([:])
    /// The histograms made so far, by operation.
    private let timers = Mutex<[String: Metrics.Timer]>([:])

    /// Counts one answer.
    func record(operation: String, method: HTTPRequest.Method, status: Int, duration: Duration) {
        let key = Key(operation: operation, method: RequestMetrics.name(method), status: status)
        counters.withLock { $0.element(key) { RequestMetrics.counter(key) } }.increment()
        timers.withLock { $0.element(operation) { RequestMetrics.timer(operation) } }
            .recordNanoseconds(duration.nanoseconds)
    }

    /// The method, or `OTHER` for one that only a scanner sends: labels must stay few.
    static func name(_ method: HTTPRequest.Method) -> String {
        switch method {
        case .get, .head, .post, .put, .patch, .delete, .options: method.rawValue
        default: "OTHER"
        }
    }

    /// A new counter.
    private static func counter(_ key: Key) -> Counter {
        Counter(
            label: "requests_total",
            dimensions: [("operation", key.operation), ("method", key.method), ("status", String(key.status))])
    }

    /// A new histogram.
    private static func timer(_ operation: String) -> Metrics.Timer {
        Metrics.Timer(label: "request_duration_seconds", dimensions: [("operation", operation)])
    }
}

extension Dictionary {
    /// The element of a key, made where there is none yet.
    fileprivate mutating func element(_ key: Key, make: () -> Value) -> Value {
        if let value = self[key] { return value }
        let value = make()
        self[key] = value
        return value
    }
}

extension Duration {
    /// Whole nanoseconds, rounded towards zero.
    fileprivate var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
