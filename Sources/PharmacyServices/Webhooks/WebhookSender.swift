internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
package import NIOPosix
package import PharmacyDomain

/// Sends webhook requests over HTTP to addresses that the egress policy allows.
///
/// Each attempt resolves the name, checks every address, and connects to one of those addresses: a name that resolves to another
/// address a moment later cannot redirect it. Where one address does not accept a connection, the same attempt tries the next.
/// TLS still verifies the name, and redirects are not followed.
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

    package func send(_ request: WebhookRequest) async -> Delivery.Attempt {
        let (startedAt, start) = (time.now(), time.elapsed())
        let reception = WebhookReception()
        var failure: String?
        var counts = true
        do {
            try await exchange(request, until: .now() + .milliseconds(timeout.milliseconds), into: reception)
        } catch {
            failure = WebhookFailure.sentence(error)
            counts = !WebhookFailure.isLocal(error)
        }
        let received = reception.soFar
        // The status decides: a response counts although its body stalls or breaks off.
        return Delivery.Attempt(
            at: startedAt, duration: time.elapsed() - start, statusCode: received?.status,
            error: received == nil ? failure : nil, response: received?.body ?? [], counts: counts || received != nil)
    }

    private func exchange(
        _ request: WebhookRequest, until deadline: NIODeadline, into reception: WebhookReception
    ) async throws {
        guard let target = Target(request.url) else { throw WebhookFailure.malformed }
        if let literal = IPAddress(target.host) {
            guard request.egress.allows(literal) else { throw WebhookFailure.forbiddenAddress }
            return try await exchange(request, target, address: target.host, until: deadline, into: reception)
        }
        let addresses = try await addresses(of: target, request)
        var candidates = addresses
        while true {
            guard let address = try await reachable(candidates, target, until: deadline) else {
                throw WebhookFailure.unresolved
            }
            do {
                try await exchange(request, target, address: address.text, until: deadline, into: reception)
                if addresses.count > 1 { workingAddresses.note(address, of: target.name) }
                return
            } catch {
                // Nothing was sent: the attempt continues with another address.
                guard candidates.count > 1, WebhookFailure.isUnconnected(error), reception.soFar == nil else {
                    throw error
                }
                workingAddresses.forget(address, of: target.name)
                candidates.removeAll { $0 == address }
            }
        }
    }

    /// The host and port of a URL.
    private struct Target {
        /// Exactly as AsyncHTTPClient reads it: the host that is checked here and the one that is pinned must be the same text.
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

    /// The addresses of a name that may be tried, in that order.
    private func addresses(of target: Target, _ request: WebhookRequest) async throws -> [IPAddress] {
        // Checked again, for URLs that were accepted under other rules.
        guard request.egress.refusal(ofHost: target.host) == nil else { throw WebhookFailure.forbiddenAddress }
        let addresses = try await resolver.addresses(of: target.host, for: request.tenant)
        guard addresses.allSatisfy(request.egress.allows) else { throw WebhookFailure.forbiddenAddress }
        return Array(ConnectionRace.interlaced(addresses).prefix(ServiceLimits.addressesTried))
    }

    /// The address to connect to: the only one, the one that worked last, or the first that accepts a connection.
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
        into reception: WebhookReception
    ) async throws {
        guard let client = clients.client(host: target.host, address: address) else { throw WebhookFailure.interrupted }
        defer { clients.release(host: target.host, address: address) }
        try await exchange(request, over: client, until: deadline, into: reception)
    }

    private func exchange(
        _ request: WebhookRequest, over client: KeepAliveClient, until deadline: NIODeadline,
        into reception: WebhookReception
    ) async throws {
        var message = HTTPClientRequest(url: request.url.text)
        message.method = .POST
        for header in request.headers { message.headers.add(name: header.name, value: header.value) }
        message.body = .bytes(request.body)
        let response = try await client.execute(message, deadline: deadline)
        reception.begin(status: Int(response.status.code))
        // The rest of a body is not read, however long it is; one that stalls ends with the client's read timeout. (A timer
        // around all of it costs a tenth of the attempts per second.)
        for try await part in response.body where !reception.append(part) || deadline < .now() { break }
    }
}
