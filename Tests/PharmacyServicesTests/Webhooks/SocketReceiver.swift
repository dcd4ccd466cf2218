import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import PharmacyDomain
import Synchronization

/// A receiver of webhooks over a real socket, correct or not.
final class SocketReceiver: Sendable {
    /// The behavior at a request.
    enum Behavior: Sendable {
        /// Responds and keeps the connection open.
        case respond(String)
        /// Never responds.
        case silent
        /// Sends nothing to requests that contain a text, and responds to others.
        case silentTo(String, response: String)
        /// Sends the text, a byte every second.
        case drip(String)
        /// Begins a response with 200, and sends the body a byte every second.
        case dripBody(String)
        /// Begins a response with 200 whose body never ends.
        case endless
        /// Sends the text and closes the connection.
        case close(String)
        /// Responds to the first request of each connection, and closes it at the next one, like a server that has closed
        /// an idle connection while the request was in transit.
        case respondOncePerConnection(String)
        /// Responds to the first request of all, and closes the connection of every other.
        case respondToFirstRequest(String)
    }

    /// A whole response with 200.
    static let ok = Behavior.respond("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    /// The sending tenant.
    static let tenant = TenantID(UUID())

    let port: Int
    /// The head and the body of each request.
    let requests: AsyncStream<String>
    private let count: Count
    private let requestCount: Count
    private let channel: any Channel

    /// Connections that were accepted.
    var connections: Int { count.value.load(ordering: .acquiring) }

    /// The number of requests.
    var requestsSeen: Int { requestCount.value.load(ordering: .acquiring) }

    /// - Parameters:
    ///   - host: `::` accepts connections to every address of this machine.
    ///   - port: 0: a free one.
    init(_ behavior: Behavior, host: String = "127.0.0.1", port: Int = 0, tls: NIOSSLContext? = nil) async throws {
        let (requests, feed) = AsyncStream.makeStream(of: String.self)
        self.requests = requests
        let count = Count()
        self.count = count
        let requestCount = Count()
        self.requestCount = requestCount
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelInitializer { channel in
                count.value.add(1, ordering: .acquiringAndReleasing)
                return channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(
                        Handler(behavior: behavior, feed: feed, seen: requestCount))
                }
            }
            .bind(host: host, port: port).get()
        self.port = channel.localAddress?.port ?? 0
    }

    /// Stops accepting connections.
    func close() async throws { try await channel.close() }

    /// Runs a receiver for the extent of `body`.
    static func with<Value>(
        _ behavior: Behavior, host: String = "127.0.0.1", port: Int = 0, tls: NIOSSLContext? = nil,
        _ body: (SocketReceiver) async throws -> Value
    ) async throws -> Value {
        let receiver = try await SocketReceiver(behavior, host: host, port: port, tls: tls)
        do {
            let value = try await body(receiver)
            try await receiver.channel.close()
            return value
        } catch {
            try await receiver.channel.close()
            throw error
        }
    }

    func url(_ path: String = "/hook") -> String { "http://127.0.0.1:\(port)\(path)" }

    private final class Count: Sendable {
        let value = Atomic(0)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let behavior: Behavior
        private let feed: AsyncStream<String>.Continuation
        private let seen: Count
        private var text = ""
        private var responses = 0

        init(behavior: Behavior, feed: AsyncStream<String>.Continuation, seen: Count) {
            self.behavior = behavior
            self.feed = feed
            self.seen = seen
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            while let request = takeRequest() {
                feed.yield(request)
                let earlier = seen.value.add(1, ordering: .acquiringAndReleasing).oldValue
                respond(context, request, earlier: earlier)
                responses += 1
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        private func takeRequest() -> String? {
            let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            let line = parts[0].lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length: ") }
            let length = line.flatMap { Int($0.dropFirst(16)) } ?? 0
            guard parts[1].utf8.count >= length else { return nil }
            let end = parts[1].utf8.index(parts[1].startIndex, offsetBy: length)
            let request = String(text[..<end])
            text = String(text[end...])
            return request
        }

        /// - Parameter earlier: the number of earlier requests, on all connections.
        private func respond(_ context: ChannelHandlerContext, _ request: String, earlier: Int) {
            switch behavior {
            case .silentTo(let part, let text): if !request.contains(part) { send(text, context) }
            case .respond(let text): send(text, context)
            case .silent: break
            case .drip(let text): drip(text[...], context)
            case .dripBody(let text):
                send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n", context)
                drip(text[...], context)
            case .endless:
                send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", context)
                sendEndlessly(context)
            case .respondOncePerConnection(let text) where responses == 0: send(text, context)
            case .respondToFirstRequest(let text) where earlier == 0: send(text, context)
            case .respondOncePerConnection, .respondToFirstRequest: context.close(promise: nil)
            case .close(let text):
                send(text, context)
                context.close(promise: nil)
            }
        }

        private func send(_ text: String, _ context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }

        private func drip(_ text: Substring, _ context: ChannelHandlerContext) {
            guard let first = text.first, context.channel.isActive else { return }
            send(String(first), context)
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: .seconds(1)) { bound.value.0.drip(text.dropFirst(), bound.value.1) }
        }

        private func sendEndlessly(_ context: ChannelHandlerContext) {
            guard context.channel.isActive else { return }
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            let chunk = ByteBuffer(string: "100\r\n\(String(repeating: "x", count: 256))\r\n")
            context.writeAndFlush(wrapOutboundOut(chunk)).whenSuccess {
                // Not from within itself: a write may succeed at once.
                bound.eventLoop.execute { bound.value.0.sendEndlessly(bound.value.1) }
            }
        }
    }
}
