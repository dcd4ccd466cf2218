internal import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes
internal import PartnerAPI

/// Responds with 100 to `Expect: 100-continue` (RFC 9110 §10.1.1), unless the declared length of the body exceeds the
/// limit.
final class ContinueHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    private let largestBody: Int

    /// - Parameter largestBody: in bytes.
    init(largestBody: Int) {
        self.largestBody = largestBody
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data),
            head.headerFields[.expect].flatMap({ HeaderText($0, upTo: 32) })?.text.lowercased() == "100-continue",
            head.headerFields[.contentLength].flatMap({ Int($0) }) ?? 0 <= largestBody
        {
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
        }
        context.fireChannelRead(data)
    }
}
