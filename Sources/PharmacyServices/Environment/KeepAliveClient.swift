internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// An HTTP client that survives the end of idle connections: a request that was sent on one which the other side has closed
/// is sent again at once, on a connection of its own.
///
/// A server may close an idle connection at any time (RFC 9112 section 9.5), and a request may already be on its way. Whether
/// it was processed is unknown then, so every request over this client must be one that may come twice.
final class KeepAliveClient: Sendable {
    private let client: HTTPClient
    private let eventLoopGroup: MultiThreadedEventLoopGroup
    private let configuration: HTTPClient.Configuration
    private let opened: ConnectionCount
    private let inFlight = Atomic(0)
    private let begun = Atomic(0)
    /// Makes each request on a connection of its own; made when it is needed first.
    private let single = Mutex<Single>(.unmade)

    private enum Single {
        case unmade
        case made(HTTPClient)
        case shutDown
    }

    /// Connections that were opened so far.
    private final class ConnectionCount: Sendable {
        private let count = Atomic(0)

        var value: Int { count.load(ordering: .acquiring) }

        func add() { count.add(1, ordering: .acquiringAndReleasing) }
    }

    init(eventLoopGroup: MultiThreadedEventLoopGroup, configuration: HTTPClient.Configuration) {
        let opened = ConnectionCount()
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

    /// Makes a request whose repetition does no harm.
    func execute(_ request: HTTPClientRequest, deadline: NIODeadline) async throws -> HTTPClientResponse {
        let before = opened.value
        let others = inFlight.add(1, ordering: .acquiringAndReleasing).oldValue
        let number = begun.add(1, ordering: .acquiringAndReleasing).newValue
        defer { inFlight.subtract(1, ordering: .acquiringAndReleasing) }
        do {
            return try await client.execute(request, deadline: deadline)
        } catch {
            // A connection that was opened meanwhile was this request's own, unless there were others: then nobody knows.
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
            return if case .made(let client) = single { client } else { nil as HTTPClient? }
        }
        try? await client.shutdown()
        try? await made?.shutdown()
    }

    /// `nil` after the shutdown.
    private func oneRequestClient() -> HTTPClient? {
        single.withLock { single in
            switch single {
            case .shutDown: return nil
            case .made(let client): return client
            case .unmade:
                var configuration = configuration
                // Connections of HTTP/2 are never those of one request.
                configuration.httpVersion = .http1Only
                let client = HTTPClient(eventLoopGroupProvider: .shared(eventLoopGroup), configuration: configuration)
                single = .made(client)
                return client
            }
        }
    }

    /// Whether the connection ended before anything came back.
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
