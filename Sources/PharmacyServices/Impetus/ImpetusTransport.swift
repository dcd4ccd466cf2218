internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
package import NIOPosix
internal import PharmacyDomain
internal import Synchronization

/// Sends requests to the pharmacies' system: bounded in time and size, repeated where that is safe, and not at all while the
/// system is known to be down.
package final class ImpetusTransport: Sendable {
    struct Response: Sendable {
        let status: Int
        /// An object; `nil` for a response without a body.
        let body: JSON?
    }

    private let settings: ImpetusSettings
    private let client: KeepAliveClient
    private let time: any ServerClock
    private let entropy: Entropy
    private let timeout: Duration
    /// Calls in flight. A slow system must not let one tenant hold all connections.
    private let calls = Mutex(
        FairShares<TenantID>(total: ServiceLimits.pharmacyConnections, divisor: ServiceLimits.pharmacyConnectionShare))
    /// Of tenants whose latest call failed: a pharmacy that fails one tenant does not block calls of others.
    private let breakers = Mutex<[TenantID: CircuitBreaker]>([:])

    /// - Parameter timeout: of a whole call with all its tries.
    package init(
        settings: ImpetusSettings, eventLoopGroup: MultiThreadedEventLoopGroup, time: any ServerClock, entropy: Entropy,
        timeout: Duration = ServiceLimits.pharmacyTimeout
    ) {
        self.settings = settings
        self.time = time
        self.entropy = entropy
        self.timeout = timeout
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(
                connect: .milliseconds(ServiceLimits.pharmacyConnectTimeout.milliseconds)))
        // Refused connections fail at once. Retries are decided here.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Calls to which a pharmacy responds slowly must not hold the connections that others need.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = ServiceLimits.pharmacyConnections
        client = KeepAliveClient(eventLoopGroup: eventLoopGroup, configuration: configuration)
    }

    package func shutdown() async { await client.shutdown() }

    /// - Throws: `PharmacySystemFailure` where there is no response with a status below 500, or one that is no JSON object.
    func send(_ request: ImpetusRequest) async throws(PharmacySystemFailure) -> Response {
        let tenant = request.tenant.id
        // Before the breaker, which expects the outcome of each call that it admits.
        guard begin(tenant) else { throw PharmacySystemFailure(.overloaded) }
        defer { calls.withLock { $0.end(tenant) } }
        let isAdmitted = breakers.withLock { $0[tenant]?.admits(at: time.elapsed()) ?? true }
        guard isAdmitted else { throw PharmacySystemFailure(.circuitOpen) }
        do {
            let response = try await Deadline.within(timeout, or: PharmacySystemFailure(.timedOut)) {
                try await self.sendRepeatedly(request)
            }
            breakers.withLock { $0[tenant] = nil }
            return response
        } catch {
            let failure = ImpetusTransport.failure(error)
            let (now, isAbandoned) = (time.elapsed(), Task.isCancelled)
            breakers.withLock { breakers in
                // A call that its caller abandoned proves nothing about the system.
                if isAbandoned {
                    breakers[tenant]?.abandoned(at: now)
                } else {
                    breakers[tenant, default: CircuitBreaker()].failed(at: now)
                }
            }
            throw failure
        }
    }

    /// - Returns: whether the tenant may make one more call.
    private func begin(_ tenant: TenantID) -> Bool {
        calls.withLock { calls in
            guard calls.room(for: tenant) > 0 else { return false }
            calls.begin(tenant)
            return true
        }
    }

    /// Tries again after failures that may pass: every request is safe to repeat, by its method or by its key.
    private func sendRepeatedly(_ request: ImpetusRequest) async throws -> Response {
        var wait = ServiceLimits.pharmacyBackoff
        for _ in 1..<ServiceLimits.pharmacyAttempts {
            do {
                return try await sendOnce(request)
            } catch let busy as Busy {
                try await time.sleep(for: max(busy.retryAfter ?? .zero, jittered(wait)))
            } catch {
                let failure = ImpetusTransport.failure(error)
                guard failure.reason == .connectionFailed || failure.reason == .connectionLost else { throw failure }
                try await time.sleep(for: jittered(wait))
            }
            wait = wait * 2
        }
        return try await sendOnce(request)
    }

    /// Between half and all of the wait, so that calls that failed together are not repeated together.
    private func jittered(_ wait: Duration) -> Duration {
        wait / 2 + wait / 2 * Int(entropy.bytes(1).first ?? 0) / 256
    }

    /// The system cannot serve the request now (429, 502, 503, 504).
    private struct Busy: Error {
        let status: Int
        let retryAfter: Duration?
    }

    private func sendOnce(_ request: ImpetusRequest) async throws -> Response {
        var message = HTTPClientRequest(url: "\(settings.url)/\(request.path)")
        message.method = HTTPMethod(rawValue: request.method.rawValue)
        message.headers.add(name: "Authorization", value: "Bearer \(settings.token)")
        message.headers.add(name: "Accept", value: "application/json")
        message.headers.add(name: "Impetus-Tenant", value: request.tenant.name)
        message.headers.add(name: "Impetus-Contract", value: ImpetusContract.latest.text)
        if let key = request.idempotencyKey { message.headers.add(name: "Idempotency-Key", value: key) }
        if let token = request.fencingToken { message.headers.add(name: "Impetus-Fencing-Token", value: "\(token)") }
        if let body = request.body {
            message.headers.add(name: "Content-Type", value: "application/json")
            message.body = .bytes(body.bytes)
        }
        // Every request is safe to repeat, a submission by its id and its fencing token.
        let response = try await client.execute(message, deadline: .now() + .milliseconds(timeout.milliseconds))
        let status = Int(response.status.code)
        switch status {
        case 200..<300, 404, 409, 422: break
        case 401, 403: throw PharmacySystemFailure(.unauthorized, cause: "status \(status)")
        case 429, 502, 503, 504:
            throw Busy(
                status: status,
                retryAfter: response.headers.first(name: "Retry-After").flatMap(Int.init).map { .seconds($0) })
        case 500...: throw PharmacySystemFailure(.serverError, cause: "status \(status)")
        default: throw PharmacySystemFailure(.invalidResponse, cause: "status \(status)")
        }
        return Response(status: status, body: try await body(of: response))
    }

    private func body(of response: HTTPClientResponse) async throws -> JSON? {
        let bytes: ByteBuffer
        do {
            bytes = try await response.body.collect(upTo: ServiceLimits.pharmacyResponseBytes)
        } catch is NIOTooManyBytesError {
            throw PharmacySystemFailure(
                .invalidResponse, cause: "more than \(ServiceLimits.pharmacyResponseBytes) bytes")
        }
        guard bytes.readableBytes > 0 else { return nil }
        let type = response.headers.first(name: "Content-Type")?.lowercased() ?? ""
        let text = ByteOrderMark.skipped(in: Array(bytes.readableBytesView))
        guard type.hasPrefix("application/json"), let json = try? JSON.parse(text, limits: .response),
            json.members != nil
        else { throw PharmacySystemFailure(.invalidResponse, cause: "the body is no JSON object") }
        return json
    }

    /// What went wrong, without text of the system.
    private static func failure(_ error: any Error) -> PharmacySystemFailure {
        switch error {
        case let failure as PharmacySystemFailure: failure
        case let busy as Busy: PharmacySystemFailure(.serverError, cause: "status \(busy.status)")
        default: PharmacySystemFailure(reason(of: error), cause: FailureCause.words(error))
        }
    }

    private static func reason(of error: any Error) -> PharmacySystemFailure.Reason {
        switch error {
        case let error as HTTPClientError:
            switch error {
            case .deadlineExceeded, .readTimeout, .writeTimeout: .timedOut
            case .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout: .connectionFailed
            default: .connectionLost
            }
        case is NIOConnectionError, ChannelError.connectTimeout: .connectionFailed
        // Only connecting fails so: no request was sent.
        case let error as IOError where error.errnoCode == ECONNREFUSED: .connectionFailed
        case HTTPParserError.invalidEOFState: .connectionLost
        case is HTTPParserError: .invalidResponse
        case is CancellationError: .connectionLost
        default:
            // NIOSSL's errors are recognized by the name of their module, which this module does not import. They come before
            // any request.
            String(reflecting: type(of: error)).hasPrefix("NIOSSL.") ? .connectionFailed : .connectionLost
        }
    }
}
