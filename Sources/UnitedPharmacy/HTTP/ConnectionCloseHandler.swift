internal import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes

/// Means it when an answer says `Connection: close`, as one to a body that nobody will read does: nothing is sent after
/// it. The client's side stays open, for a connection that is torn down while the client still sends takes the answer
/// with it.
final class ConnectionCloseHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let isHTTP2: Bool
    private var isLast = false

    /// - Parameter isHTTP2: the channel is one of several streams; the field has no place there (RFC 9113 §8.2.2).
    init(isHTTP2: Bool) {
        self.isHTTP2 = isHTTP2
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.headerFields[.connection]?.lowercased() == "close":
            if isHTTP2 { head.headerFields[.connection] = nil } else { isLast = true }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end where isLast:
            let channel = context.channel
            context.writeAndFlush(data).map { channel.close(mode: .output, promise: nil) }
                .cascade(to: promise)
        default:
            context.write(data, promise: promise)
        }
    }
}
