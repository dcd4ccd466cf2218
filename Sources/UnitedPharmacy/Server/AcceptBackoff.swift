internal import Glibc
internal import Logging
internal import Metrics
internal import NIOCore
internal import PharmacyServices
internal import Synchronization

/// Pauses the listening socket when the system has no file descriptor, or no memory, for another connection.
///
/// The connections stay in the system's queue meanwhile, and the socket readable: without a pause the event loop would
/// try, and fail, tens of thousands of times a second, and the error would end the server's sequence of connections.
final class AcceptBackoff: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never

    /// The first pause; each that follows without success is twice as long.
    static let shortestPause = TimeAmount.milliseconds(100)
    static let longestPause = TimeAmount.seconds(1)
    /// How long nothing must have failed for all to be well: connections that come and go at the limit are one shortage.
    static let recovery = TimeAmount.seconds(5)

    /// Read where connections close, which is on other event loops.
    private final class Pause: Sendable {
        let isOn = Atomic(false)
    }

    private let failed = Counter(label: "accept_failures_total")
    private let logger: Logger
    private let pause = Pause()
    private var nextPause = AcceptBackoff.shortestPause
    private var retry: Scheduled<Void>?
    private var isReadHeld = false
    /// Since all was well; `nil` while it is.
    private var failures: Int?
    private var lastFailure = NIODeadline.uptimeNanoseconds(0)
    private var recoveryCheck: Scheduled<Void>?

    init(logger: Logger) {
        self.logger = logger
    }

    /// Puts one in front of all that handles a listener's new connections.
    static func install(on listener: any Channel, logger: Logger) async {
        do {
            try await listener.eventLoop.submit {
                try listener.pipeline.syncOperations.addHandler(AcceptBackoff(logger: logger), position: .first)
            }.get()
        } catch {
            // It has been closed: the server stops.
            logger.debug("the listener is not watched", metadata: ["error": "\(FailureCause.words(error))"])
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        retry?.cancel()
        recoveryCheck?.cancel()
    }

    // MARK: Failures

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let shortage = (error as? IOError).flatMap(Shortage.init) else {
            context.fireErrorCaught(error)
            return
        }
        failed.increment()
        lastFailure = context.eventLoop.now
        if failures == nil {
            logger.error(
                "no connection can be accepted: \(shortage.cause)", metadata: ["look_at": "\(shortage.remedy)"])
        }
        failures = (failures ?? 0) + 1
        stop(context)
    }

    private func stop(_ context: ChannelHandlerContext) {
        guard retry == nil else { return }
        pause.isOn.store(true, ordering: .releasing)
        listen(false, context)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        retry = context.eventLoop.scheduleTask(in: nextPause) {
            let (handler, context) = bound.value
            handler.resume(context)
        }
        nextPause = min(nextPause + nextPause, Self.longestPause)
    }

    private func resume(_ context: ChannelHandlerContext) {
        guard let retry else { return }
        retry.cancel()
        self.retry = nil
        pause.isOn.store(false, ordering: .releasing)
        listen(true, context)
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
    }

    /// Takes the socket out of what the event loop waits for, or puts it back.
    private func listen(_ isOn: Bool, _ context: ChannelHandlerContext) {
        do {
            try context.channel.syncOptions?.setOption(.autoRead, value: isOn)
        } catch {
            // It has been closed: the server stops.
            logger.debug("the listener cannot be paused", metadata: ["error": "\(FailureCause.words(error))"])
        }
    }

    func read(context: ChannelHandlerContext) {
        if retry == nil { context.read() } else { isReadHeld = true }
    }

    // MARK: Connections

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let (loop, pause) = (context.eventLoop, pause)
        let bound = NIOLoopBound((self, context), eventLoop: loop)
        unwrapInboundIn(data).closeFuture.whenComplete { _ in
            guard pause.isOn.load(ordering: .acquiring) else { return }
            // There is room for another.
            loop.execute {
                let (handler, context) = bound.value
                handler.resume(context)
            }
        }
        if failures != nil {
            nextPause = Self.shortestPause
            if recoveryCheck == nil { checkRecovery(context) }
        }
        context.fireChannelRead(data)
    }

    /// Reports that all is well once nothing has failed for a while.
    private func checkRecovery(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        recoveryCheck = context.eventLoop.scheduleTask(deadline: lastFailure + Self.recovery) {
            let (handler, context) = bound.value
            handler.recoveryCheck = nil
            if handler.lastFailure + Self.recovery > context.eventLoop.now {
                handler.checkRecovery(context)
            } else if handler.retry == nil, let failures = handler.failures {
                handler.failures = nil
                handler.logger.notice("connections are accepted again", metadata: ["failures": "\(failures)"])
            }
        }
    }
}

/// What there is too little of for a connection, and what operators can do about it.
private struct Shortage {
    let cause: String
    let remedy: String

    /// `nil` for another error.
    init?(_ error: IOError) {
        switch error.errnoCode {
        case EMFILE:
            cause = "this process has used up its file descriptors (EMFILE)"
            remedy = "ulimit -n, or LimitNOFILE= of the systemd unit; and clients that keep connections open"
        case ENFILE:
            cause = "the system has used up its file descriptors (ENFILE)"
            remedy = "sysctl fs.file-max and fs.file-nr"
        case ENOBUFS, ENOMEM:
            cause = "the system has no memory for another connection (error \(error.errnoCode))"
            remedy = "free memory, and the memory limit of the process"
        default: return nil
        }
    }
}
