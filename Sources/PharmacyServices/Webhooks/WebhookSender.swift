internal import AsyncHTTPClient
internal import FoundationEssentials
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
package import NIOPosix
package import PharmacyDomain
internal import Synchronization

/// Sends webhook requests over HTTP to addresses that the egress policy allows.
///
/// A name is resolved anew at each attempt, every address of it is judged, and the connection goes to one of those:
/// what the name means a moment later cannot lead it elsewhere. Where one address cannot be connected to, the same attempt
/// goes on with the next. TLS still verifies the name, and redirects are not followed.
package final class WebhookSender: WebhookSending {
    private let clients: PinnedClients
    private let workingAddresses = WorkingAddresses()
    private let eventLoopGroup: MultiThreadedEventLoopGroup
    private let resolver: any NameResolving
    private let timeout: Duration
    private let time: any ServerClock

    /// - Parameters:
    ///   - resolver: in place of the operating system's.
    ///   - timeout: of a whole attempt.
    package init(
        eventLoopGroup: MultiThreadedEventLoopGroup, resolver: (any NameResolving)? = nil,
        timeout: Duration = DeliveryPolicy.timeout, time: any ServerClock
    ) {
        self.eventLoopGroup = eventLoopGroup
        clients = PinnedClients(eventLoopGroup: eventLoopGroup, readTimeout: timeout)
        self.resolver = resolver ?? AddressResolver()
        self.timeout = timeout
        self.time = time
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
        let (startedAt, start) = (time.now(), time.elapsed())
        let reception = Reception()
        var failure: String?
        var counts = true
        do {
            try await exchange(request, until: .now() + .milliseconds(timeout.milliseconds), into: reception)
        } catch {
            failure = WebhookSender.sentence(error)
            counts = !WebhookSender.isOurs(error)
        }
        let received = reception.soFar
        // The status decides: an answer whose body stalls or breaks off is an answer.
        return Delivery.Attempt(
            at: startedAt, duration: time.elapsed() - start, statusCode: received?.status,
            error: received == nil ? failure : nil, answer: received?.answer ?? [], counts: counts || received != nil)
    }

    private func exchange(
        _ request: WebhookRequest, until deadline: NIODeadline, into reception: Reception
    ) async throws {
        guard let target = Target(request.url) else { throw Failure.malformed }
        if let literal = IPAddress(target.host) {
            guard request.egress.allows(literal) else { throw Failure.forbiddenAddress }
            return try await exchange(request, target, address: target.host, until: deadline, into: reception)
        }
        let addresses = try await addresses(of: target, request)
        var candidates = addresses
        while true {
            guard let address = try await reachable(candidates, target, until: deadline) else {
                throw Failure.unresolved
            }
            do {
                try await exchange(request, target, address: address.text, until: deadline, into: reception)
                if addresses.count > 1 { workingAddresses.note(address, of: target.name) }
                return
            } catch {
                // Where nothing was sent the attempt goes on with another address.
                guard candidates.count > 1, WebhookSender.isUnconnected(error), reception.soFar == nil else {
                    throw error
                }
                workingAddresses.forget(address, of: target.name)
                candidates.removeAll { $0 == address }
            }
        }
    }

    /// What of a URL a connection needs.
    private struct Target {
        /// The host exactly as AsyncHTTPClient reads it: what is checked here and what is pinned must be the same text.
        let host: String
        let port: Int

        var name: String { "\(host):\(port)" }

        init?(_ url: WebhookURL) {
            guard let parsed = URL(string: url.text), let written = parsed.host, !written.isEmpty else { return nil }
            let isBracketed = written.hasPrefix("[") && written.hasSuffix("]")
            host = isBracketed ? String(written.dropFirst().dropLast()) : written
            port = parsed.port ?? (parsed.scheme?.lowercased() == "https" ? 443 : 80)
        }
    }

    /// The addresses of a name that may be tried, in the order in which they are.
    private func addresses(of target: Target, _ request: WebhookRequest) async throws -> [IPAddress] {
        // Told again, for URLs that were taken under other rules.
        guard request.egress.refusal(ofHost: target.host) == nil else { throw Failure.forbiddenAddress }
        let addresses = try await resolver.addresses(of: target.host, for: request.tenant)
        guard addresses.allSatisfy(request.egress.allows) else { throw Failure.forbiddenAddress }
        return Array(ConnectionRace.interlaced(addresses).prefix(ServiceLimits.addressesTried))
    }

    /// The address to connect to: the only one, the one that worked just now, or the first that accepts a connection.
    /// - Returns: `nil` where there is none.
    private func reachable(
        _ candidates: [IPAddress], _ target: Target, until deadline: NIODeadline
    ) async throws -> IPAddress? {
        guard let first = candidates.first else { return nil }
        let limit = min(deadline - .now(), PinnedClients.connectTimeout)
        guard candidates.count > 1, limit > .zero else { return first }
        if let working = workingAddresses.address(of: target.name), candidates.contains(working) { return working }
        return try await ConnectionRace.winner(
            of: first, Array(candidates.dropFirst()), port: target.port, within: limit, on: eventLoopGroup)
    }

    private func exchange(
        _ request: WebhookRequest, _ target: Target, address: String, until deadline: NIODeadline,
        into reception: Reception
    ) async throws {
        guard let client = clients.client(host: target.host, address: address) else { throw Failure.interrupted }
        defer { clients.giveBack(host: target.host, address: address) }
        try await exchange(request, over: client, until: deadline, into: reception)
    }

    private func exchange(
        _ request: WebhookRequest, over client: KeepAliveClient, until deadline: NIODeadline, into reception: Reception
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

    /// Whether no connection came about, so that nothing was sent.
    private static func isUnconnected(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError: [.connectTimeout, .tlsHandshakeTimeout].contains(error)
        case is NIOConnectionError, ChannelError.connectTimeout: true
        case let error as IOError:
            [
                ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN, ETIMEDOUT, EADDRNOTAVAIL, EAFNOSUPPORT,
            ].contains(error.errnoCode)
        default: isTLS(error)
        }
    }

    /// Whether this server had no means to make the attempt, and the receiver no part in it.
    private static func isOurs(_ error: any Error) -> Bool {
        switch error {
        case NameLookupFailure.noRoom: true
        case let error as IOError: AddressResolver.isOurs(error.errnoCode)
        case let error as NIOConnectionError:
            // One address that was refused for the receiver's reasons is the receiver's answer.
            !error.connectionErrors.isEmpty && error.connectionErrors.allSatisfy { isOurs($0.error) }
        default: false
        }
    }

    /// NIOSSL's errors are told by their module: this one does not import it.
    private static func isTLS(_ error: any Error) -> Bool {
        String(reflecting: type(of: error)).hasPrefix("NIOSSL.")
    }

    /// What went wrong, without a word of the receiver's.
    private static func sentence(_ error: any Error) -> String {
        switch error {
        case let failure as Failure: return failure.sentence
        case NameLookupFailure.timedOut: return "looking up the name timed out"
        case NameLookupFailure.noRoom: return "the server has no room to look up the name now"
        case let error where isOurs(error): return "the server has no room to connect now"
        case is CancellationError: return Failure.interrupted.sentence
        case let error as HTTPClientError: return sentence(error)
        case let error as IOError: return sentence(errno: error.errnoCode)
        case ChannelError.connectTimeout: return "connecting timed out"
        case let error as NIOConnectionError where !error.connectionErrors.isEmpty:
            return sentence(error.connectionErrors[0].error)
        case is NIOConnectionError, is ChannelError: return "the connection failed"
        case is HTTPParserError: return "the answer is not HTTP"
        default:
            return isTLS(error) ? FailureCause.words(error) : "the exchange failed (\(FailureCause.words(error)))"
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
        case EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL, EAFNOSUPPORT: "the address cannot be reached"
        default: "the connection failed"
        }
    }
}
