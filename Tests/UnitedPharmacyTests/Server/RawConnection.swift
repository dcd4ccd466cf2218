import Foundation
import NIOCore
import NIOPosix
import Testing

/// A connection on which a test sends arbitrary bytes.
struct RawConnection: Sendable {
    let channel: any Channel
    private let arrivals: AsyncStream<String>

    init(port: Int) async throws {
        let (arrivals, feed) = AsyncStream.makeStream(of: String.self)
        self.arrivals = arrivals
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reader(feed: feed))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    init(_ server: ServerProcess) async throws {
        try await self.init(port: try #require(server.origin.split(separator: ":").last.flatMap { Int($0) }))
    }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }

    /// Sends bytes. Errors are ignored, because the server may respond and close before it has read all.
    func pour(_ text: String) {
        channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    }

    /// Closes the client's side.
    func finish() { channel.close(mode: .output, promise: nil) }

    /// The received text once it contains the given one, or once the server has closed the connection.
    func text(upTo end: String? = nil) async -> String {
        var text = ""
        for await more in arrivals {
            text += more
            if let end, text.contains(end) { break }
        }
        return text
    }

    /// The next complete response; `nil` if the server closes the connection before its end.
    /// - Parameters:
    ///   - rest: bytes received after the previous response; on return, after this one.
    ///   - hasBody: `false` for responses to HEAD.
    func response(_ rest: inout [UInt8], hasBody: Bool = true) async -> RawResponse? {
        if let response = RawResponse(&rest, hasBody: hasBody) { return response }
        for await more in arrivals {
            rest += Array(more.utf8)
            if let response = RawResponse(&rest, hasBody: hasBody) { return response }
        }
        return nil
    }

    /// Sends a request, and waits for the response and the end of the connection.
    static func exchange(_ server: ServerProcess, _ request: String) async throws -> String {
        let connection = try await RawConnection(server)
        connection.pour(request)
        return await connection.text()
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let feed: AsyncStream<String>.Continuation

        init(feed: AsyncStream<String>.Continuation) {
            self.feed = feed
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            feed.yield(String(buffer: unwrapInboundIn(data)))
        }

        func channelInactive(context: ChannelHandlerContext) { feed.finish() }

        /// A reset by the server is an end like any other.
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
