internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization
internal import Tracing

/// An HTTP client that tolerates the end of idle connections: a request that was sent on a connection that the server has closed is
/// sent again at once, on a new connection.
///
/// A server may close an idle connection at any time (RFC 9112 section 9.5), also while a request is being sent. Whether the request
/// was processed is then unknown, so every request of this client must be safe to repeat.
final class KeepAliveClient: Sendable {
    private let client: HTTPClient
    private let eventLoopGroup: MultiThreadedEventLoopGroup
    private let configuration: HTTPClient.Configuration
    private let opened: ConnectionCount
    private let inFlight = Atomic(0)
    private let begun = Atomic(0)
    /// Makes each request on a new connection; created on first use.
    private let single = Mutex<Single>(.notCreated)

    private enum Single {
        case notCreated
        case created(HTTPClient)
        case shutDown
    }

    /// Counts the connections that were opened.
    private final class ConnectionCount: Sendable {
        private let count = Atomic(0)

        var value: Int { count.load(ordering: .acquiring) }

        func add() { count.add(1, ordering: .acquiringAndReleasing) }
    }

    init(eventLoopGroup: MultiThreadedEventLoopGroup, configuration: HTTPClient.Configuration) {
        let opened = ConnectionCount()
        var configuration = configuration
        // The client would parse each URL again, and collect attributes, for a span that records nothing.
        if configuration.tracing.tracer is NoOpTracer { configuration.tracing.tracer = nil }
        var counting = configuration
        let count: @Sendable (any Channel) -> EventLoopFuture<Void> = { channel in
            opened.add()
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        counting.http1_1ConnectionDebugInitializer = count
        counting.http2ConnectionDebugInitializer = count
        self.opened = opened
        self.eventLoopGroup = eventLoopGroup
        self.configuration = configuration
        client = HTTPClient(eventLoopGroupProvider: .shared(eventLoopGroup), configuration: counting)
    }

    /// Makes a request that is safe to repeat.
    func execute(_ request: HTTPClientRequest, deadline: NIODeadline) async throws -> HTTPClientResponse {
        let before = opened.value
        let others = inFlight.add(1, ordering: .acquiringAndReleasing).oldValue
        let number = begun.add(1, ordering: .acquiringAndReleasing).newValue
        defer { inFlight.subtract(1, ordering: .acquiringAndReleasing) }
        do {
            return try await client.execute(request, deadline: deadline)
        } catch {
            // A connection that was opened meanwhile was this request's own, unless other requests were in flight.
            let isAlone = others == 0 && begun.load(ordering: .acquiring) == number
            let mayBeReused = isAlone ? before > 0 && opened.value == before : opened.value > 0
            guard KeepAliveClient.isLost(error), mayBeReused, let single = oneRequestClient() else { throw error }
            var again = request
            again.headers.replaceOrAdd(name: "Connection", value: "close")
            return try await single.execute(again, deadline: deadline)
        }
    }

    func shutdown() async {
        let made = single.withLock { single in
            defer { single = .shutDown }
            return if case .created(let client) = single { client } else { nil as HTTPClient? }
        }
        try? await client.shutdown()
        try? await made?.shutdown()
    }

    /// The client for single requests; `nil` after the shutdown.
    private func oneRequestClient() -> HTTPClient? {
        single.withLock { single in
            switch single {
            case .shutDown: return nil
            case .created(let client): return client
            case .notCreated:
                var configuration = configuration
                // HTTP/2 would share the connection between requests.
                configuration.httpVersion = .http1Only
                let client = HTTPClient(eventLoopGroupProvider: .shared(eventLoopGroup), configuration: configuration)
                single = .created(client)
                return client
            }
        }
    }

    /// Whether the connection ended before a response was received.
    private static func isLost(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError: error == .remoteConnectionClosed
        case let error as IOError: [ECONNRESET, EPIPE, ENOTCONN, EBADF].contains(error.errnoCode)
        case ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed, ChannelError.eof, ChannelError.outputClosed:
            true
        default: false
        }
    }
}
