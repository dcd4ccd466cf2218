internal import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes
internal import PartnerAPI

/// Tells clients that ask (`Expect: 100-continue`, RFC 9110 §10.1.1) to send their body, unless its length alone is
/// reason enough to refuse it.
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
