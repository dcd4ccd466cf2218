internal import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes

/// Removes the `Connection` header from HTTP/2 responses, where it is not allowed (RFC 9113 §8.2.2): a response ends
/// its stream, never the connection.
final class ConnectionFieldHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .head(var head) = unwrapOutboundIn(data), head.headerFields.contains(.connection) {
            head.headerFields[.connection] = nil
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        } else {
            context.write(data, promise: promise)
        }
    }
}
