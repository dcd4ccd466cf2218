internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import PartnerAPI

/// An HTTP/1 connection. Work on its requests is cancelled when the client disconnects.
struct HTTP1ServerChannel: ServerChildChannel {
    /// Processes the requests of a connection, one after the other. Its pipeline is not used.
    private let base: HTTP1Channel
    private let limits: ConnectionLimits

    init(limits: ConnectionLimits, responder: @escaping HTTPChannelHandler.Responder) {
        base = HTTP1Channel(responder: responder)
        self.limits = limits
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(HTTPResponseEncoder())
            try pipeline.addHandler(HTTP1Handler(limits: limits))
            try pipeline.addHandler(ContinueHandler(largestBody: PartnerAPIRouter.bodyLimit))
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: NIOAsyncChannel.Configuration(isOutboundHalfClosureEnabled: true))
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await base.handle(value: value, logger: logger) }
            group.addTask { await value.channel.untilClosed() }
            // The first to end cancels the other: after the connection has closed, the result is not needed.
            await group.next()
            group.cancelAll()
        }
    }
}

extension Channel {
    /// Returns when the channel has closed, or the task is cancelled.
    fileprivate func untilClosed() async {
        let (closed, feed) = AsyncStream.makeStream(of: Never.self)
        closeFuture.whenComplete { _ in feed.finish() }
        for await _ in closed {}
    }
}
