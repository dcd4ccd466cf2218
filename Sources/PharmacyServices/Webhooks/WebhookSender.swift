internal import AsyncHTTPClient
internal import FoundationEssentials
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
package import NIOPosix
package import PharmacyDomain
internal import Synchronization

/// One request to a receiver.
package struct WebhookRequest: Sendable {
    package let url: WebhookURL
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    package let egress: EgressPolicy

    package init(
        url: WebhookURL, headers: [(name: String, value: String)], body: [UInt8], egress: EgressPolicy
    ) {
        self.url = url
        self.headers = headers
        self.body = body
        self.egress = egress
    }

    /// The request that tells of an event, signed at a moment; `nil` when a secret cannot be read.
    init?(
        _ id: EventID, _ type: OrderEvent.Kind, to url: WebhookURL, body: [UInt8], secrets: WebhookSecrets,
        at now: Timestamp, egress: EgressPolicy
    ) {
        let secrets = secrets.settled(at: now)
        guard let signer = WebhookSigner(secret: secrets.current, next: secrets.next?.secret) else { return nil }
        self.init(
            url: url, headers: signer.headers(eventID: id, type: type, sentAt: now, body: body), body: body,
            egress: egress)
    }
}

/// Sends webhook requests; what goes wrong is part of the attempt that is returned.
package protocol WebhookSending: Sendable {
    func send(_ request: WebhookRequest) async -> Delivery.Attempt
}

/// Sends webhook requests over HTTP to addresses that the egress policy allows.
///
/// A name is resolved anew at each attempt, every address of it is judged, and the connection goes to one of those:
/// what the name means a moment later cannot lead it elsewhere. TLS still verifies the name, and redirects are not
/// followed.
package final class WebhookSender: WebhookSending {
    private let clients: PinnedClients
    private let resolver: any NameResolving
    private let timeout: Duration
    private let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - resolver: in place of the operating system's.
    ///   - timeout: of a whole attempt.
    package init(
        eventLoopGroup: MultiThreadedEventLoopGroup, resolver: (any NameResolving)? = nil,
        timeout: Duration = DeliveryPolicy.timeout, now: @escaping @Sendable () -> Timestamp
    ) {
        clients = PinnedClients(eventLoopGroup: eventLoopGroup, readTimeout: timeout)
        self.resolver = resolver ?? AddressResolver()
        self.timeout = timeout
        self.now = now
    }

    package func shutdown() async {
        await clients.shutdown()
        await resolver.shutdown()
    }

    /// Why there was no answer.
    private enum Failure: Error {
        case forbiddenAddress
        case unresolved
        case timedOut
        case malformed
        case interrupted

        var sentence: String {
            switch self {
            case .forbiddenAddress: "the address is not public"
            case .unresolved: "the name does not resolve"
            case .timedOut: "timed out after \(DeliveryPolicy.timeout.components.seconds) s"
            case .malformed: "the URL cannot be requested"
            case .interrupted: "the server stopped before the answer"
            }
        }
    }

    /// What has come of an answer; it stands when the rest does not come.
    private final class Reception: Sendable {
        private let received = Mutex<(status: Int, answer: [UInt8])?>(nil)

        var soFar: (status: Int, answer: [UInt8])? { received.withLock(\.self) }

        func begin(status: Int) { received.withLock { $0 = (status, []) } }

        /// - Returns: whether more of the answer is wanted.
        func take(_ part: ByteBuffer) -> Bool {
            received.withLock { received in
                guard let count = received?.answer.count else { return false }
                received?.answer += part.readableBytesView.prefix(DeliveryPolicy.answerLimit - count)
                return count + part.readableBytes < DeliveryPolicy.answerLimit
            }
        }
    }

    package func send(_ request: WebhookRequest) async -> Delivery.Attempt {
        let (startedAt, start) = (now(), ContinuousClock.now)
        let reception = Reception()
        var failure: String?
        do {
            try await exchange(request, until: .now() + .milliseconds(timeout.milliseconds), into: reception)
        } catch {
            failure = WebhookSender.sentence(error)
        }
        let received = reception.soFar
        // The status decides: an answer whose body stalls or breaks off is an answer.
        return Delivery.Attempt(
            at: startedAt, duration: ContinuousClock.now - start, statusCode: received?.status,
            error: received == nil ? failure : nil, answer: received?.answer ?? [])
    }

    private func exchange(
        _ request: WebhookRequest, until deadline: NIODeadline, into reception: Reception
    ) async throws {
        guard let host = WebhookSender.host(of: request.url) else { throw Failure.malformed }
        let address = try await address(of: host, egress: request.egress)
        guard let client = clients.client(host: host, address: address) else { throw Failure.interrupted }
        defer { clients.giveBack(host: host, address: address) }
        try await exchange(request, over: client, until: deadline, into: reception)
    }

    /// The host exactly as AsyncHTTPClient reads it: what is checked here and what is pinned must be the same text.
    private static func host(of url: WebhookURL) -> String? {
        guard let written = URL(string: url.text)?.host, !written.isEmpty else { return nil }
        return written.hasPrefix("[") && written.hasSuffix("]") ? String(written.dropFirst().dropLast()) : written
    }

    private func address(of host: String, egress: EgressPolicy) async throws -> String {
        if let literal = IPAddress(host) {
            guard egress.allows(literal) else { throw Failure.forbiddenAddress }
            return host
        }
        // Told again, for URLs that were taken under other rules.
        guard egress.refusal(ofHost: host) == nil else { throw Failure.forbiddenAddress }
        let addresses = try await Deadline.within(timeout, or: Failure.timedOut) { [resolver] in
            try await resolver.addresses(of: host)
        }
        guard let first = addresses.first(where: { $0.bytes.count == 4 }) ?? addresses.first else {
            throw Failure.unresolved
        }
        guard addresses.allSatisfy(egress.allows) else { throw Failure.forbiddenAddress }
        return first.text
    }

    private func exchange(
        _ request: WebhookRequest, over client: HTTPClient, until deadline: NIODeadline, into reception: Reception
    ) async throws {
        var message = HTTPClientRequest(url: request.url.text)
        message.method = .POST
        for header in request.headers { message.headers.add(name: header.name, value: header.value) }
        message.body = .bytes(request.body)
        let response = try await client.execute(message, deadline: deadline)
        reception.begin(status: Int(response.status.code))
        // The rest of an answer is of no interest, however long it is or takes; a body that stalls ends with the
        // client's read timeout. (A timer around it all would cost a tenth of the attempts each second.)
        for try await part in response.body where !reception.take(part) || deadline < .now() { break }
    }

    /// What went wrong, without a word of the receiver's.
    private static func sentence(_ error: any Error) -> String {
        switch error {
        case let failure as Failure: return failure.sentence
        case is CancellationError: return Failure.interrupted.sentence
        case let error as HTTPClientError: return sentence(error)
        case let error as IOError: return sentence(errno: error.errnoCode)
        case ChannelError.connectTimeout: return "connecting timed out"
        case is NIOConnectionError, is ChannelError: return "the connection failed"
        case is HTTPParserError: return "the answer is not HTTP"
        default:
            // NIOSSL's errors are told by their module: this one does not import it.
            let isTLS = String(reflecting: type(of: error)).hasPrefix("NIOSSL.")
            return isTLS ? FailureCause.words(error) : "the exchange failed (\(FailureCause.words(error)))"
        }
    }

    private static func sentence(_ error: HTTPClientError) -> String {
        switch error {
        case .deadlineExceeded, .readTimeout, .writeTimeout: Failure.timedOut.sentence
        case .connectTimeout, .getConnectionFromPoolTimeout: "connecting timed out"
        case .tlsHandshakeTimeout: "TLS failure"
        case .remoteConnectionClosed: "the connection was closed before the answer"
        case .cancelled, .requestStreamCancelled, .alreadyShutdown: Failure.interrupted.sentence
        case .invalidURL, .emptyHost, .emptyScheme: Failure.malformed.sentence
        default: "the exchange broke the rules of HTTP"
        }
    }

    private static func sentence(errno code: CInt) -> String {
        switch code {
        case ECONNREFUSED: "connection refused"
        case ECONNRESET, EPIPE: "the connection was closed before the answer"
        case ETIMEDOUT: "connecting timed out"
        case EHOSTUNREACH, ENETUNREACH: "the address cannot be reached"
        default: "the connection failed"
        }
    }
}
