internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// Servers on loopback that answer every request with 200 and `ok`, on one thread of their own.
final class Receivers: Sendable {
    let urls: [String]
    private let count: Count

    /// The number of responses.
    var requests: Int { count.value.load(ordering: .relaxed) }

    init(count: Int) async throws {
        let requests = Count()
        self.count = requests
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
            .serverChannelOption(.backlog, value: 1024)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(OKResponder(count: requests))
                }
            }
        var urls: [String] = []
        for _ in 0..<count {
            let channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
            urls.append("http://127.0.0.1:\(channel.localAddress?.port ?? 0)/hook")
        }
        self.urls = urls
    }
}

/// A server that accepts connections and never responds.
final class SilentReceiver: Sendable {
    let url: String

    init() async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
            .bind(host: "127.0.0.1", port: 0).get()
        url = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)/silent"
    }
}

private final class Count: Sendable {
    let value = Atomic(0)
}

private final class OKResponder: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let count: Count

    init(count: Count) {
        self.count = count
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["content-length": "2"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "ok")))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        count.value.add(1, ordering: .relaxed)
    }
}
