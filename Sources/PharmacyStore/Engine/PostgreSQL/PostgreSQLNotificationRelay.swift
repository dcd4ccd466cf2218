#if PostgreSQL
internal import CLibPQ
internal import Glibc
internal import NIOPosix
internal import PharmacyDomain
internal import Synchronization

/// Carries bells between the nodes of one database (`LISTEN` and `NOTIFY`) on a connection and a thread of its own. A
/// message that is lost costs time and no more: services look by themselves, too, and after the connection was lost
/// every bell is rung.
final class PostgreSQLNotificationRelay: Sendable {
    private struct State {
        var untold: Set<StoreChannel> = []
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

    /// Tells the other nodes, soon: what is told within `StoreLimits.bellInterval` shares a message.
    func send(_ channels: Set<StoreChannel>) {
        state.withLock { $0.untold.formUnion(channels) }
        rouse()
    }

    /// Has it note from now on whether messages can be heard.
    func note(in outcomes: StoreOutcomes) { state.withLock { $0.outcomes = outcomes } }

    func close() async {
        state.withLock { $0.isClosed = true }
        rouse()
        try? await thread.shutdownGracefully()
        listening.connection.close()
    }

    private func rouse() {
        // It can only fail where the pipe is full, and then the thread is awake.
        _ = write(wake.write, [1] as [UInt8], 1)
    }

    private func run() {
        let connection = listening.connection
        var isListening = false
        var mayTellAt = ContinuousClock.now
        while !state.withLock(\.isClosed) {
            do {
                if !isListening {
                    try connection.reconnect()
                    try connection.execute("LISTEN \(PostgreSQLNotificationRelay.channel)")
                    isListening = true
                    state.withLock(\.outcomes)?.noteSuccess(.listen)
                    notifier.notify(Set(StoreChannel.allCases))
                }
                if mayTellAt <= .now, try tellOthers(on: connection) {
                    mayTellAt = .now + StoreLimits.bellInterval
                }
                let heard = connection.takeNotifications().flatMap { $0.split(separator: " ") }
                    .compactMap { StoreChannel(rawValue: String($0)) }
                if !heard.isEmpty { notifier.notify(Set(heard)) }
                try wait(for: connection, mayTellAt: mayTellAt)
            } catch {
                connection.disconnect()
                // One that was lost is made anew first, which is mostly all.
                if !isListening { state.withLock(\.outcomes)?.noteFailure(error, .listen) }
                isListening = false
                pause(descriptors: [wake.read], atMost: StoreLimits.reconnectDelay)
            }
        }
    }

    /// - Returns: whether there was anything to tell.
    private func tellOthers(on connection: PostgreSQLConnection) throws -> Bool {
        let untold = state.withLock { state in
            defer { state.untold = [] }
            return state.untold
        }
        guard !untold.isEmpty else { return false }
        // The names are ours and hold no quote.
        let names = untold.map(\.rawValue).joined(separator: " ")
        try connection.execute("NOTIFY \(PostgreSQLNotificationRelay.channel), '\(names)'")
        return true
    }

    /// Waits until there is something to hear or to tell.
    private func wait(for connection: PostgreSQLConnection, mayTellAt moment: ContinuousClock.Instant) throws {
        guard let socket = connection.socket else { throw StoreError.unavailable(PostgreSQLFault.connectionLost) }
        // What must still be held back is due soon; what comes besides shares its message.
        let mustHold = state.withLock { !$0.untold.isEmpty }
        pause(
            descriptors: mustHold ? [socket] : [socket, wake.read],
            atMost: mustHold ? ContinuousClock.now.duration(to: moment) : nil)
        try connection.takeInput()
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
    /// What to wait for input on; `nil` when the connection was lost.
    fileprivate var socket: CInt? {
        let socket = PQsocket(handle)
        return socket >= 0 ? socket : nil
    }

    /// Takes in what has come, without waiting for it.
    /// - Throws: `StoreError.unavailable` when the connection was lost.
    fileprivate func takeInput() throws {
        guard PQconsumeInput(handle) == 1 else { throw StoreError.unavailable(PostgreSQLFault.connectionLost) }
    }

    /// What other connections have told (`NOTIFY`) since the last time.
    fileprivate func takeNotifications() -> [String] {
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
