import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import PharmacyDomain
import Synchronization

/// A receiver of webhooks, good or bad, over a real socket.
final class SocketReceiver: Sendable {
    /// What it does when a request has arrived.
    enum Manner: Sendable {
        /// Answers so, and keeps the connection.
        case answer(String)
        /// Says nothing.
        case silent
        /// Says nothing to requests that contain a text, and answers others so.
        case silentTo(String, answer: String)
        /// Sends so, a byte every second.
        case drip(String)
        /// Begins an answer with 200, and sends the body so, a byte every second.
        case dripBody(String)
        /// Begins an answer with 200, whose body never ends.
        case endless
        /// Sends so and closes the connection.
        case close(String)
        /// Answers the first request of each connection so and keeps it, and closes it when another comes: as one that gave
        /// an idle connection up while the request was on its way.
        case answerOnce(String)
        /// Answers so the first request that comes at all, and closes the connection of every other.
        case answerFirst(String)
    }

    /// The whole of an answer with 200.
    static let ok = Manner.answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    /// Somebody to send on behalf of.
    static let tenant = TenantID(UUID())

    let port: Int
    /// Each request as it came, its head and its body.
    let requests: AsyncStream<String>
    private let count: Count
    private let requestCount: Count
    private let channel: any Channel

    /// Connections that were accepted.
    var connections: Int { count.value.load(ordering: .acquiring) }

    /// Requests that have come.
    var requestsSeen: Int { requestCount.value.load(ordering: .acquiring) }

    /// - Parameters:
    ///   - host: `::` takes connections to every address of this machine.
    ///   - port: 0: a free one.
    init(_ manner: Manner, host: String = "127.0.0.1", port: Int = 0, tls: NIOSSLContext? = nil) async throws {
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
                        Handler(manner: manner, feed: feed, seen: requestCount))
                }
            }
            .bind(host: host, port: port).get()
        self.port = channel.localAddress?.port ?? 0
    }

    /// Takes no further connections.
    func close() async throws { try await channel.close() }

    /// Runs a receiver for the extent of `body`.
    static func with<Value>(
        _ manner: Manner, host: String = "127.0.0.1", port: Int = 0, tls: NIOSSLContext? = nil,
        _ body: (SocketReceiver) async throws -> Value
    ) async throws -> Value {
        let receiver = try await SocketReceiver(manner, host: host, port: port, tls: tls)
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

        private let manner: Manner
        private let feed: AsyncStream<String>.Continuation
        private let seen: Count
        private var text = ""
        private var answered = 0

        init(manner: Manner, feed: AsyncStream<String>.Continuation, seen: Count) {
            self.manner = manner
            self.feed = feed
            self.seen = seen
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            while let request = takeRequest() {
                feed.yield(request)
                let earlier = seen.value.add(1, ordering: .acquiringAndReleasing).oldValue
                answer(context, request, earlier: earlier)
                answered += 1
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

        /// - Parameter earlier: requests that came before, on whatever connection.
        private func answer(_ context: ChannelHandlerContext, _ request: String, earlier: Int) {
            switch manner {
            case .silentTo(let part, let text): if !request.contains(part) { send(text, context) }
            case .answer(let text): send(text, context)
            case .silent: break
            case .drip(let text): drip(text[...], context)
            case .dripBody(let text):
                send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n", context)
                drip(text[...], context)
            case .endless:
                send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", context)
                pour(context)
            case .answerOnce(let text) where answered == 0: send(text, context)
            case .answerFirst(let text) where earlier == 0: send(text, context)
            case .answerOnce, .answerFirst: context.close(promise: nil)
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

        private func pour(_ context: ChannelHandlerContext) {
            guard context.channel.isActive else { return }
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            let chunk = ByteBuffer(string: "100\r\n\(String(repeating: "x", count: 256))\r\n")
            context.writeAndFlush(wrapOutboundOut(chunk)).whenSuccess {
                // Not from within itself: a write may succeed at once.
                bound.eventLoop.execute { bound.value.0.pour(bound.value.1) }
            }
        }
    }
}
