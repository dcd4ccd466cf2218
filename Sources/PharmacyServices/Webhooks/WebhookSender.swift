internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
package import NIOPosix
package import PharmacyDomain

/// One request to a receiver.
package struct WebhookRequest: Sendable {
    package let url: WebhookURL
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    package let egress: EgressPolicy
}

/// Sends webhook requests; what goes wrong is part of the attempt that is returned.
package protocol WebhookSending: Sendable {
    func send(_ request: WebhookRequest) async -> Delivery.Attempt
}

/// Sends webhook requests over HTTP to addresses that the egress policy allows.
///
/// A name is resolved anew at each attempt, every address of it is judged, and the connection goes to one of those: what
/// the name means a moment later cannot lead it elsewhere. TLS still verifies the name. Redirects are not followed.
package final class WebhookSender: WebhookSending {
    private let clients: PinnedClients
    private let resolver = AddressResolver()
    private let now: @Sendable () -> Timestamp

    package init(eventLoopGroup: MultiThreadedEventLoopGroup, now: @escaping @Sendable () -> Timestamp) {
        clients = PinnedClients(eventLoopGroup: eventLoopGroup)
        self.now = now
    }

    package func shutdown() async {
        await clients.shutdown()
        await resolver.shutdown()
    }

    private enum Failure: Error {
        case forbiddenAddress
        case unresolved
        case timedOut
        case malformed

        var sentence: String {
            switch self {
            case .forbiddenAddress: "the address is not public"
            case .unresolved: "the name does not resolve"
            case .timedOut: "timed out after \(DeliveryPolicy.timeout.components.seconds) s"
            case .malformed: "the URL cannot be requested"
            }
        }
    }

    package func send(_ request: WebhookRequest) async -> Delivery.Attempt {
        let startedAt = now()
        do {
            let (status, answer) = try await withinTime { try await self.exchange(request) }
            return Delivery.Attempt(
                at: startedAt, duration: now().since(startedAt), statusCode: status, error: nil, answer: answer)
        } catch {
            return Delivery.Attempt(
                at: startedAt, duration: now().since(startedAt), statusCode: nil, error: WebhookSender.sentence(error),
                answer: [])
        }
    }

    /// The limit is on real time, whatever clock the attempt is dated by: it bounds what a receiver can hold.
    private func withinTime<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: DeliveryPolicy.timeout)
                throw Failure.timedOut
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw Failure.timedOut }
            return first
        }
    }

    private func exchange(_ request: WebhookRequest) async throws -> (status: Int, answer: [UInt8]) {
        guard let written = URLComponents(string: request.url.text)?.host else { throw Failure.malformed }
        let host = written.hasPrefix("[") ? String(written.dropFirst().dropLast()) : written
        let address = try await address(of: host, egress: request.egress)
        let client = await clients.client(host: host, address: address)
        do {
            let answer = try await exchange(request, over: client)
            await clients.giveBack(host: host, address: address)
            return answer
        } catch {
            await clients.giveBack(host: host, address: address)
            throw error
        }
    }

    private func address(of host: String, egress: EgressPolicy) async throws -> String {
        if let literal = IPAddress(host) {
            guard egress.allows(literal) else { throw Failure.forbiddenAddress }
            return host
        }
        let addresses = try await resolver.addresses(of: host)
        guard let first = addresses.first(where: { $0.bytes.count == 4 }) ?? addresses.first else {
            throw Failure.unresolved
        }
        guard addresses.allSatisfy(egress.allows) else { throw Failure.forbiddenAddress }
        return first.text
    }

    private func exchange(_ request: WebhookRequest, over client: HTTPClient) async throws -> (Int, [UInt8]) {
        var message = HTTPClientRequest(url: request.url.text)
        message.method = .POST
        for header in request.headers { message.headers.add(name: header.name, value: header.value) }
        message.body = .bytes(request.body)
        let response = try await client.execute(message, timeout: .seconds(DeliveryPolicy.timeout.components.seconds))
        var answer: [UInt8] = []
        // The rest of an answer is of no interest, however long it is.
        for try await part in response.body {
            answer += part.readableBytesView.prefix(DeliveryPolicy.answerLimit - answer.count)
            if answer.count >= DeliveryPolicy.answerLimit { break }
        }
        return (Int(response.status.code), answer)
    }

    /// What went wrong, without a word of the receiver's.
    private static func sentence(_ error: any Error) -> String {
        switch error {
        case let failure as Failure: return failure.sentence
        case is CancellationError: return Failure.timedOut.sentence
        case let error as HTTPClientError:
            switch error {
            case .deadlineExceeded, .connectTimeout, .readTimeout: return Failure.timedOut.sentence
            case .remoteConnectionClosed: return "the connection was closed before the answer ended"
            default: return "the exchange broke the rules of HTTP"
            }
        case is NIOConnectionError, is IOError: return "the connection failed"
        default: return "the exchange failed (\(type(of: error)))"
        }
    }
}

extension IPAddress {
    /// The address as a resolver override takes it.
    fileprivate var text: String {
        if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2)
            .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
    }
}
