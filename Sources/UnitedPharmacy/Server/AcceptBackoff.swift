internal import Glibc
internal import Logging
internal import Metrics
internal import NIOCore
internal import PharmacyServices
internal import Synchronization

/// Pauses the listening socket when the system has no file descriptor, or no memory, for another connection, and before
/// connections take the descriptors that the rest of the process needs: libdispatch ends the process if it cannot open a
/// file.
///
/// Meanwhile the connections stay in the system's queue and the socket stays readable. Without a pause the event loop
/// would retry tens of thousands of times a second, and the error would end the server's sequence of connections.
final class AcceptBackoff: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never

    /// The first pause. Each further failure doubles it.
    static let shortestPause = TimeAmount.milliseconds(100)
    static let longestPause = TimeAmount.seconds(1)
    /// The time without failures after which the shortage is over. Connections that open and close at the limit belong
    /// to one shortage.
    static let recovery = TimeAmount.seconds(5)

    /// Atomic, because connections close on other event loops.
    private final class Pause: Sendable {
        let isOn = Atomic(false)
        /// Accepted ones that are open.
        let connections = Atomic(0)
    }

    private let failed = Counter(label: "accept_failures_total")
    private let logger: Logger
    private let room: Int
    private let pause = Pause()
    private var nextPause = AcceptBackoff.shortestPause
    private var retry: Scheduled<Void>?
    private var isReadHeld = false
    /// Failures of the current shortage; `nil` when there is none.
    private var failures: Int?
    private var lastFailure = NIODeadline.uptimeNanoseconds(0)
    private var recoveryCheck: Scheduled<Void>?

    /// - Parameter room: how many connections may be open before the listener pauses. One read from its socket may
    ///   accept a few more.
    init(logger: Logger, room: Int) {
        self.logger = logger
        self.room = room
    }

    /// Adds a handler in front of those that handle the listener's new connections.
    static func install(on listener: any Channel, logger: Logger, room: Int) async {
        do {
            try await listener.eventLoop.submit {
                try listener.pipeline.syncOperations.addHandler(
                    AcceptBackoff(logger: logger, room: room), position: .first)
            }.get()
        } catch {
            // The listener was closed because the server stops.
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
        fail(shortage, context)
    }

    private func fail(_ shortage: Shortage, _ context: ChannelHandlerContext) {
        failed.increment()
        lastFailure = context.eventLoop.now
        if failures == nil {
            logger.error(
                "cannot accept connections: \(shortage.cause)", metadata: ["look_at": "\(shortage.remedy)"])
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
        guard hasRoom else {
            fail(.noRoom, context)
            return
        }
        pause.isOn.store(false, ordering: .releasing)
        listen(true, context)
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
    }

    /// Stops or resumes reading from the listening socket.
    private func listen(_ isOn: Bool, _ context: ChannelHandlerContext) {
        do {
            try context.channel.syncOptions?.setOption(.autoRead, value: isOn)
        } catch {
            // The listener was closed because the server stops.
            logger.debug("the listener cannot be paused", metadata: ["error": "\(FailureCause.words(error))"])
        }
    }

    func read(context: ChannelHandlerContext) {
        if retry == nil { context.read() } else { isReadHeld = true }
    }

    // MARK: Connections

    private var hasRoom: Bool { pause.connections.load(ordering: .acquiring) < room }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let (loop, pause) = (context.eventLoop, pause)
        let bound = NIOLoopBound((self, context), eventLoop: loop)
        pause.connections.add(1, ordering: .acquiringAndReleasing)
        unwrapInboundIn(data).closeFuture.whenComplete { _ in
            pause.connections.subtract(1, ordering: .acquiringAndReleasing)
            guard pause.isOn.load(ordering: .acquiring) else { return }
            // A closed connection has freed a descriptor.
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
        if retry == nil, !hasRoom { fail(.noRoom, context) }
    }

    /// Logs the end of the shortage when nothing has failed for `recovery`.
    private func checkRecovery(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        recoveryCheck = context.eventLoop.scheduleTask(deadline: lastFailure + Self.recovery) {
            let (handler, context) = bound.value
            handler.recoveryCheck = nil
            if handler.lastFailure + Self.recovery > context.eventLoop.now {
                handler.checkRecovery(context)
            } else if handler.retry == nil, let failures = handler.failures {
                handler.failures = nil
                handler.logger.notice("accepting connections again", metadata: ["failures": "\(failures)"])
            }
        }
    }
}

/// The resource that is exhausted, and what operators can do about it.
private struct Shortage {
    let cause: String
    let remedy: String

    /// Connections have all descriptors that are not reserved.
    static let noRoom = Shortage(cause: "connections have all file descriptors that they may", remedy: fileLimit)

    private static let fileLimit =
        "ulimit -n or LimitNOFILE= of the systemd unit, and clients that keep connections open"

    private init(cause: String, remedy: String) {
        self.cause = cause
        self.remedy = remedy
    }

    /// `nil` for another error.
    init?(_ error: IOError) {
        switch error.errnoCode {
        case EMFILE:
            cause = "this process has no free file descriptors (EMFILE)"
            remedy = Shortage.fileLimit
        case ENFILE:
            cause = "the system has no free file descriptors (ENFILE)"
            remedy = "sysctl fs.file-max and fs.file-nr"
        case ENOBUFS, ENOMEM:
            cause = "the system has no memory for another connection (error \(error.errnoCode))"
            remedy = "free memory, and the memory limit of the process"
        default: return nil
        }
    }
}
