internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1
internal import PartnerAPI

/// The server's side of an HTTP/1 connection: reads requests, hands on one at a time, and decides when the connection
/// ends (RFC 9112 §9).
///
/// It stands where Hummingbird's own pipeline has NIO's decoder, a codec and an idle timer. Those fall silent after an
/// offered upgrade, keep connections open that should close, and refuse without a body.
final class HTTP1Handler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// A request and its response.
    private struct Exchange {
        var manners: RequestManners
        var isRequestComplete = false
        var isResponseStarted = false
        var isResponseComplete = false
    }

    private let limits: ConnectionLimits
    private var parser: RequestParser
    private var buffer = ByteBuffer()
    private var exchange: Exchange?
    private var deadline = ConnectionDeadline()
    private var probe: Scheduled<Void>?
    /// Nothing that arrives is read as a request any more.
    private var isLast = false
    /// The last response has been written: what arrives is dropped, and this handler alone closes the connection.
    private var isClosing = false
    private var isInputClosed = false
    /// More was asked for while bytes of a later request were waiting.
    private var isReadHeld = false
    /// Whether the deadline is that of a header that has begun to arrive.
    private var isHeadTimed = false
    /// When the body that arrives has to be there; `nil` where it arrived with its header.
    private var bodyDue: NIODeadline?

    init(limits: ConnectionLimits) {
        self.limits = limits
        parser = RequestParser(limits: limits)
    }

    // MARK: Life of the connection

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { setDeadline(.now() + TimeAmount(limits.idle), context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        setDeadline(.now() + TimeAmount(limits.idle), context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        refuseRest(context)
        cancelTimers()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { cancelTimers() }

    private func cancelTimers() {
        deadline.cancel()
        probe?.cancel()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            // The server stops: this exchange is the last, and its response says so.
            isLast = true
            if exchange == nil, !isClosing { context.close(promise: nil) }
        case ChannelEvent.inputClosed:
            isInputClosed = true
            refuseRest(context)
            endInput(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// Tells whoever reads a body that no more of it will come.
    private func refuseRest(_ context: ChannelHandlerContext) {
        if exchange?.isRequestComplete == false, let refusal = parser.end() { refuse(refusal, context) }
    }

    /// Passes on that the client sends nothing more, once all that it has sent has had its turn.
    private func endInput(_ context: ChannelHandlerContext) {
        guard isInputClosed, exchange == nil || buffer.readableBytes == 0 else { return }
        isLast = true
        scheduleProbe(after: TimeAmount(limits.presenceProbe), context)
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        var bytes = unwrapInboundIn(data)
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.discardReadBytes()
            buffer.writeBuffer(&bytes)
        }
        readParts(context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isClosing {
            context.read()
        } else if let exchange {
            if !exchange.isRequestComplete { timeBody(context) }
        } else if !isLast, !isHeadTimed, buffer.readableBytes > 0 || parser.isAmidHead {
            isHeadTimed = true
            setDeadline(.now() + TimeAmount(limits.idle), context)
        }
        context.fireChannelReadComplete()
    }

    /// A body has to go on within one time, and to end within another.
    private func timeBody(_ context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        let due = bodyDue ?? now + TimeAmount(limits.request)
        bodyDue = due
        setDeadline(min(due, now + TimeAmount(limits.idle)), context)
    }

    func read(context: ChannelHandlerContext) {
        // One client's pipelined requests fill no memory: more is read when those that are there have had their turn.
        if exchange?.isRequestComplete == true, buffer.readableBytes > 0, !isLast {
            isReadHeld = true
        } else {
            context.read()
        }
    }

    /// Hands on what has arrived, up to the end of one request.
    private func readParts(_ context: ChannelHandlerContext) {
        while exchange == nil ? !isLast : exchange?.isRequestComplete == false, let part = parser.next(&buffer) {
            switch part {
            case .head(let request, let manners):
                start(manners)
                context.fireChannelRead(wrapInboundOut(.head(request)))
            case .body(let bytes):
                context.fireChannelRead(wrapInboundOut(.body(bytes)))
            case .end:
                exchange?.isRequestComplete = true
                setDeadline(nil, context)
                context.fireChannelRead(wrapInboundOut(.end(nil)))
                endExchange(context)
            case .refused(let refusal, let standIn):
                if let standIn {
                    start(RequestManners(keepsAlive: false, isHTTP10: false))
                    context.fireChannelRead(wrapInboundOut(.head(standIn)))
                }
                refuse(refusal, context)
            }
        }
        // What follows the last request is not read, and not stored.
        let isOver = isLast && exchange?.isRequestComplete ?? true
        // A buffer that has been read gives its memory back to the socket's next read.
        if isOver || buffer.readableBytes == 0 { buffer = ByteBuffer() }
    }

    private func start(_ manners: RequestManners) {
        exchange = Exchange(manners: manners)
        if !manners.keepsAlive { isLast = true }
        (bodyDue, isHeadTimed) = (nil, false)
    }

    /// Ends a request with an error in place of the rest of its body.
    private func refuse(_ refusal: RequestRefusal, _ context: ChannelHandlerContext) {
        isLast = true
        exchange?.isRequestComplete = true
        exchange?.manners.keepsAlive = false
        setDeadline(nil, context)
        if exchange?.isResponseComplete == true {
            // It has its response; a second one would be taken for that of another request.
            exchange = nil
            closeOutput(context)
        } else {
            context.fireErrorCaught(refusal)
        }
    }

    // MARK: Writing

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let response) where response.status.kind == .informational:
            context.write(wrapOutboundOut(.head(HTTPResponseHead(response))), promise: promise)
        case .head(var response):
            context.write(wrapOutboundOut(.head(startResponse(&response))), promise: promise)
        case .body(let bytes):
            context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: promise)
        case .end(let trailers):
            let end = wrapOutboundOut(.end(trailers.map(HTTPHeaders.init)))
            exchange?.isResponseComplete = true
            guard exchange?.manners.keepsAlive == false else {
                context.write(end, promise: promise)
                endExchange(context)
                return
            }
            isClosing = true
            exchange = nil
            setDeadline(.now() + TimeAmount(limits.request), context)
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            let written = promise ?? context.eventLoop.makePromise()
            written.futureResult.whenComplete { _ in
                let (handler, context) = bound.value
                handler.closeOutput(context)
            }
            context.writeAndFlush(end, promise: written)
        }
    }

    /// Says in the response whether the connection stays open.
    private func startResponse(_ response: inout HTTPResponse) -> HTTPResponseHead {
        exchange?.isResponseStarted = true
        let isHTTP10 = exchange?.manners.isHTTP10 == true
        // Without a length, a body that HTTP/1.0 can read ends with the connection.
        let endsWithConnection = isHTTP10 && response.headerFields[.contentLength] == nil
        let hasLeft = isInputClosed && buffer.readableBytes == 0
        if isLast || hasLeft || endsWithConnection || response.headerFields[.connection]?.lowercased() == "close" {
            exchange?.manners.keepsAlive = false
        }
        if exchange?.manners.keepsAlive == false {
            isLast = true
            response.headerFields[.connection] = "close"
        } else if isHTTP10 {
            response.headerFields[.connection] = "keep-alive"
        }
        var head = HTTPResponseHead(response)
        if endsWithConnection { head.version = .http1_0 }
        return head
    }

    /// Goes on to the next request once both sides of this one have ended.
    private func endExchange(_ context: ChannelHandlerContext) {
        guard let ended = exchange, ended.isRequestComplete, ended.isResponseComplete else { return }
        exchange = nil
        guard !isLast else { return closeOutput(context) }
        setDeadline(.now() + TimeAmount(limits.keepAlive), context)
        guard buffer.readableBytes > 0 || isReadHeld || isInputClosed else { return }
        // Not within the write of the response before.
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (handler, context) = bound.value
            handler.resume(context)
        }
    }

    private func resume(_ context: ChannelHandlerContext) {
        readParts(context)
        channelReadComplete(context: context)
        endInput(context)
        if isReadHeld, !isClosing, exchange?.isRequestComplete != true || buffer.readableBytes == 0 {
            isReadHeld = false
            context.read()
        }
    }

    // MARK: Closing

    /// Once the last response is on its way the connection is this handler's to close.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if isClosing, mode != .input {
            promise?.succeed()
        } else {
            context.close(mode: mode, promise: promise)
        }
    }

    /// Closes the server's side, and reads on for a while: a connection that is torn down while its client still sends
    /// takes the response with it (RFC 9112 §9.6).
    private func closeOutput(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        isClosing = true
        buffer = ByteBuffer()
        setDeadline(.now() + TimeAmount(limits.linger), context)
        context.close(mode: .output, promise: nil)
        context.read()
    }

    // MARK: Clients that leave

    /// A client that has closed its side may be waiting for the response, or may be gone: only writing to it shows. An
    /// interim response, which HTTP/1.1 clients skip (RFC 9110 §15.2), makes the system of one that is gone reset the
    /// connection. Requests that are done soon never need it; others are asked less and less often.
    private func scheduleProbe(after span: TimeAmount, _ context: ChannelHandlerContext) {
        guard let exchange, !exchange.isResponseStarted, !exchange.manners.isHTTP10 else { return }
        probe?.cancel()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        probe = context.eventLoop.scheduleTask(in: span) {
            let (handler, context) = bound.value
            guard let exchange = handler.exchange, !exchange.isResponseStarted else { return }
            let head = HTTPResponseHead(version: .http1_1, status: .processing)
            context.writeAndFlush(handler.wrapOutboundOut(.head(head)), promise: nil)
            handler.scheduleProbe(after: span + span, context)
        }
    }

    // MARK: Deadlines

    private func setDeadline(_ due: NIODeadline?, _ context: ChannelHandlerContext) {
        guard let due = deadline.move(to: due) else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(deadline: due) {
            let (handler, context) = bound.value
            handler.deadlineTimerEnded(context)
        }
        deadline.watch(with: task, until: due)
    }

    private func deadlineTimerEnded(_ context: ChannelHandlerContext) {
        deadline.timerEnded()
        guard let due = deadline.due else { return }
        if due <= .now() {
            context.close(promise: nil)
        } else {
            setDeadline(due, context)
        }
    }
}
