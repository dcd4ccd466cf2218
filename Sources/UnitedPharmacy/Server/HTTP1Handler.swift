internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1
internal import PartnerAPI

/// The server's side of an HTTP/1 connection: parses requests, passes on one at a time, and decides when the connection
/// closes (RFC 9112 §9).
///
/// It replaces NIO's decoder, a codec and an idle timer in Hummingbird's own pipeline. Those stop responding after an
/// offered upgrade, keep connections open that should close, and refuse requests without a body.
final class HTTP1Handler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// A request and its response.
    private struct Exchange {
        var semantics: ConnectionSemantics
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
    /// The current request is the last of the connection. Bytes after it are dropped.
    private var isLast = false
    /// The last response has been written. Received bytes are dropped, and only this handler closes the connection.
    private var isClosing = false
    private var isInputClosed = false
    /// The pipeline requested a read while bytes of a later request were buffered.
    private var isReadHeld = false
    /// Whether `deadline` applies to a header that has been received in part.
    private var isHeadTimed = false
    /// When the whole body must have been received; `nil` if it was received together with its header.
    private var bodyDue: NIODeadline?

    init(limits: ConnectionLimits) {
        self.limits = limits
        parser = RequestParser(limits: limits)
    }

    // MARK: Connection lifecycle

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
            // The server is shutting down: the current exchange is the last, and its response has `Connection: close`.
            isLast = true
            if exchange == nil, !isClosing { context.close(promise: nil) }
        case ChannelEvent.inputClosed:
            isInputClosed = true
            refuseRest(context)
            endInput(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// Ends a body that the client did not complete with an error.
    private func refuseRest(_ context: ChannelHandlerContext) {
        if exchange?.isRequestComplete == false, let refusal = parser.end() { refuse(refusal, context) }
    }

    /// Passes on that the client has closed its side, after all buffered requests have been processed.
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

    /// Sets the deadline of a body: `limits.idle` between its parts, and `limits.request` for all of it.
    private func timeBody(_ context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        let due = bodyDue ?? now + TimeAmount(limits.request)
        bodyDue = due
        setDeadline(min(due, now + TimeAmount(limits.idle)), context)
    }

    func read(context: ChannelHandlerContext) {
        // Bounds the memory of one client's pipelined requests: reading resumes when the buffered ones are processed.
        if exchange?.isRequestComplete == true, buffer.readableBytes > 0, !isLast {
            isReadHeld = true
        } else {
            context.read()
        }
    }

    /// Passes on the buffered parts, up to the end of one request.
    private func readParts(_ context: ChannelHandlerContext) {
        while exchange == nil ? !isLast : exchange?.isRequestComplete == false, let part = parser.next(&buffer) {
            switch part {
            case .head(let request, let semantics):
                start(semantics)
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
                    start(ConnectionSemantics(keepsAlive: false, isHTTP10: false))
                    context.fireChannelRead(wrapInboundOut(.head(standIn)))
                }
                refuse(refusal, context)
            }
        }
        // Bytes after the last request are dropped.
        let isOver = isLast && exchange?.isRequestComplete ?? true
        // Releases the memory of a buffer that has been read, so that the socket's next read can reuse it.
        if isOver || buffer.readableBytes == 0 { buffer = ByteBuffer() }
    }

    private func start(_ semantics: ConnectionSemantics) {
        exchange = Exchange(semantics: semantics)
        if !semantics.keepsAlive { isLast = true }
        (bodyDue, isHeadTimed) = (nil, false)
    }

    /// Ends a request with an error in place of the rest of its body.
    private func refuse(_ refusal: RequestRefusal, _ context: ChannelHandlerContext) {
        isLast = true
        exchange?.isRequestComplete = true
        exchange?.semantics.keepsAlive = false
        setDeadline(nil, context)
        if exchange?.isResponseComplete == true {
            // The response was already sent. The client would take a second one as the response to another request.
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
            guard exchange?.semantics.keepsAlive == false else {
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

    /// Sets the `Connection` header of the response.
    private func startResponse(_ response: inout HTTPResponse) -> HTTPResponseHead {
        exchange?.isResponseStarted = true
        let isHTTP10 = exchange?.semantics.isHTTP10 == true
        // HTTP/1.0 has no chunks: a body without a length ends with the connection.
        let endsWithConnection = isHTTP10 && response.headerFields[.contentLength] == nil
        let hasClientClosed = isInputClosed && buffer.readableBytes == 0
        if isLast || hasClientClosed || endsWithConnection
            || response.headerFields[.connection]?.lowercased() == "close"
        {
            exchange?.semantics.keepsAlive = false
        }
        if exchange?.semantics.keepsAlive == false {
            isLast = true
            response.headerFields[.connection] = "close"
        } else if isHTTP10 {
            response.headerFields[.connection] = "keep-alive"
        }
        var head = HTTPResponseHead(response)
        if endsWithConnection { head.version = .http1_0 }
        return head
    }

    /// Continues with the next request when this request and its response are complete.
    private func endExchange(_ context: ChannelHandlerContext) {
        guard let ended = exchange, ended.isRequestComplete, ended.isResponseComplete else { return }
        exchange = nil
        guard !isLast else { return closeOutput(context) }
        setDeadline(.now() + TimeAmount(limits.keepAlive), context)
        guard buffer.readableBytes > 0 || isReadHeld || isInputClosed else { return }
        // Deferred, because this runs within the write of the previous response.
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

    /// After the last response, only this handler closes the connection.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if isClosing, mode != .input {
            promise?.succeed()
        } else {
            context.close(mode: mode, promise: promise)
        }
    }

    /// Closes the server's side and continues to read for `limits.linger`. If the connection were closed while the
    /// client still sends, the client could lose the response (RFC 9112 §9.6).
    private func closeOutput(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        isClosing = true
        buffer = ByteBuffer()
        setDeadline(.now() + TimeAmount(limits.linger), context)
        context.close(mode: .output, promise: nil)
        context.read()
    }

    // MARK: Disconnected clients

    /// A client that has closed its side may still wait for the response, or may have disconnected. Only a write shows
    /// which: HTTP/1.1 clients skip an interim response (RFC 9110 §15.2), and the system of a disconnected client
    /// resets the connection. Short requests never need the probe; during long ones the interval doubles each time.
    private func scheduleProbe(after span: TimeAmount, _ context: ChannelHandlerContext) {
        guard let exchange, !exchange.isResponseStarted, !exchange.semantics.isHTTP10 else { return }
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
