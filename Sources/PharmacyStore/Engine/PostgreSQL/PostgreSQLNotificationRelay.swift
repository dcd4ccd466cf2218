#if PostgreSQL
internal import CLibPQ
internal import Glibc
internal import NIOPosix
internal import PharmacyDomain
internal import Synchronization

/// Carries notifications between the nodes of one database (`LISTEN` and `NOTIFY`) on a connection and a thread of its own.
///
/// A message that cannot be sent is sent on the next connection. Those of other nodes that are lost meanwhile only cause a delay:
/// services also poll at intervals, and after the connection was lost everything is notified.
final class PostgreSQLNotificationRelay: Sendable {
    private struct State {
        var unsent = CommitNotice()
        var isClosed = false
        var outcomes: StoreOutcomes?
    }

    /// `@unchecked Sendable` holds because only `run`, which runs once on the one thread, touches it.
    private struct Exclusive: @unchecked Sendable {
        let connection: PostgreSQLConnection
    }

    private static let channel = "united_pharmacy"

    private let listening: Exclusive
    private let notifier: ChangeNotifier
    private let state = Mutex(State())
    /// A pipe that wakes the thread.
    private let wake: (read: CInt, write: CInt)
    private let thread = NIOThreadPool(numberOfThreads: 1)

    /// - Throws: `StoreError.unavailable`.
    init(_ connection: PostgreSQLConnection, notifier: ChangeNotifier) throws {
        listening = Exclusive(connection: connection)
        self.notifier = notifier
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw StoreError.unavailable(
                StoreFault(.fileLimit, "no file descriptor is left: raise the limit (ulimit -n)"))
        }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        wake = (read: ends[0], write: ends[1])
        thread.start()
        thread.submit { [self] state in
            if case .active = state { run() }
        }
    }

    deinit {
        _ = Glibc.close(wake.read)
        _ = Glibc.close(wake.write)
    }

    /// Notifies the other nodes soon. Notifications within `StoreLimits.notificationInterval` share a message.
    func send(_ notice: CommitNotice) {
        state.withLock { $0.unsent.formUnion(notice) }
        wakeThread()
    }

    /// Records in `outcomes`, from now on, whether messages can be received.
    func note(in outcomes: StoreOutcomes) { state.withLock { $0.outcomes = outcomes } }

    func close() async {
        state.withLock { $0.isClosed = true }
        wakeThread()
        try? await thread.shutdownGracefully()
        listening.connection.close()
    }

    private func wakeThread() {
        // This fails only where the pipe is full, and then the thread is awake.
        _ = write(wake.write, [1] as [UInt8], 1)
    }

    private func run() {
        let connection = listening.connection
        var isListening = false
        var maySendAt = ContinuousClock.now
        while !state.withLock(\.isClosed) {
            do {
                if !isListening {
                    try connection.reconnect()
                    try connection.execute("LISTEN \(PostgreSQLNotificationRelay.channel)")
                    isListening = true
                    state.withLock(\.outcomes)?.noteSuccess(.listen)
                    notifier.notify(.everything)
                }
                if maySendAt <= .now, try sendNotifications(on: connection) {
                    maySendAt = .now + StoreLimits.notificationInterval
                }
                var received = CommitNotice()
                for text in connection.receivedNotifications() { received.formUnion(CommitNotice(text: text)) }
                if !received.isEmpty { notifier.notify(received) }
                try wait(for: connection, maySendAt: maySendAt)
            } catch {
                connection.disconnect()
                // A failure is reported only when the next attempt to connect fails, too.
                if !isListening { state.withLock(\.outcomes)?.noteFailure(error, .listen) }
                isListening = false
                pause(descriptors: [wake.read], atMost: StoreLimits.reconnectDelay)
            }
        }
    }

    /// - Returns: whether there was anything to send.
    private func sendNotifications(on connection: PostgreSQLConnection) throws -> Bool {
        let unsent = state.withLock { state in
            defer { state.unsent = CommitNotice() }
            return state.unsent
        }
        guard !unsent.isEmpty else { return false }
        do {
            // Names of this program and UUIDs contain no quote.
            try connection.execute("NOTIFY \(PostgreSQLNotificationRelay.channel), '\(unsent.text)'")
        } catch {
            // Sent again on the next connection: dashboards on other nodes do not poll.
            state.withLock { $0.unsent.formUnion(unsent) }
            throw error
        }
        return true
    }

    /// Waits until there is something to receive or to send.
    private func wait(for connection: PostgreSQLConnection, maySendAt moment: ContinuousClock.Instant) throws {
        guard let socket = connection.socket else { throw StoreError.unavailable(PostgreSQLFault.connectionLost) }
        // A notification that is held back is due soon, and later ones share its message.
        let mustHold = state.withLock { !$0.unsent.isEmpty }
        pause(
            descriptors: mustHold ? [socket] : [socket, wake.read],
            atMost: mustHold ? ContinuousClock.now.duration(to: moment) : nil)
        try connection.readInput()
    }

    /// Waits until one of the descriptors can be read.
    private func pause(descriptors: [CInt], atMost limit: Duration?) {
        var descriptors = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        _ = poll(&descriptors, nfds_t(descriptors.count), limit.map { CInt(max(1, $0.milliseconds)) } ?? -1)
        if descriptors.contains(where: { $0.fd == wake.read && $0.revents != 0 }) {
            var bytes = [UInt8](repeating: 0, count: 64)
            while read(wake.read, &bytes, bytes.count) == bytes.count {}
        }
    }
}

extension PostgreSQLConnection {
    /// The descriptor of the connection; `nil` when it was lost.
    fileprivate var socket: CInt? {
        let socket = PQsocket(handle)
        return socket >= 0 ? socket : nil
    }

    /// Reads the input that has arrived, without waiting.
    /// - Throws: `StoreError.unavailable` when the connection was lost.
    fileprivate func readInput() throws {
        guard PQconsumeInput(handle) == 1 else { throw StoreError.unavailable(PostgreSQLFault.connectionLost) }
    }

    /// The messages of other connections (`NOTIFY`) since the last call.
    fileprivate func receivedNotifications() -> [String] {
        var messages: [String] = []
        while let notification = PQnotifies(handle) {
            if notification.pointee.be_pid != PQbackendPID(handle), let text = notification.pointee.extra {
                messages.append(String(cString: text))
            }
            PQfreemem(notification)
        }
        return messages
    }
}
#endif
