internal import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes

/// Takes `Connection` out of responses over HTTP/2, where it has no place (RFC 9113 §8.2.2): a response that ends a
/// connection of HTTP/1 ends nothing but its own stream there.
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
