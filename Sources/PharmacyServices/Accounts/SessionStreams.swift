internal import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle
internal import Synchronization

/// The event streams that browsers keep open, so that the pages of the dashboard stay current.
///
/// A page is rendered some time before its stream is opened. `expect` begins to collect changes before the page reads anything;
/// the stream continues with them. A stream that nobody expected, such as one that reconnects, begins with a change.
package final class SessionStreams: Sendable {
    private typealias Expected = (since: Duration, changes: TenantChanges)

    private struct State {
        /// The streams that each session has open, oldest first, as what ends them.
        var open: [SessionID: [AsyncSignal<Void>]] = [:]
        var expected = BoundedCache<SessionID, [Expected]>(capacity: ServiceLimits.expectedStreams)
    }

    private let sessions: Sessions
    private let notifier: ChangeNotifier
    private let time: any ServerClock
    private let state = Mutex(State())

    package init(sessions: Sessions, notifier: ChangeNotifier, time: any ServerClock) {
        self.sessions = sessions
        self.notifier = notifier
        self.time = time
    }

    /// Collects changes for the stream of a page that is about to be rendered.
    package func expect(by visitor: Sessions.SignedIn) {
        let (id, changes, now) = (visitor.session.id, notifier.changes(of: visitor.tenant.id), time.elapsed())
        state.withLock { state in
            let others = state.expected.removeValue(for: id) ?? []
            // The session is the newest one now. So the oldest is first, and is removed when its pages open no stream any more.
            state.expected.insert(others.suffix(ServiceLimits.streamsOfSession - 1) + [(now, changes)], for: id)
            while let oldest = state.expected.elements.first,
                !oldest.value.contains(where: { isFresh($0, at: now) })
            {
                state.expected.removeValue(for: oldest.key)
            }
        }
    }

    private func isFresh(_ expected: Expected, at now: Duration) -> Bool {
        now - expected.since < ServiceLimits.expectedStreamLifetime
    }

    /// Opens a stream. If the session has `ServiceLimits.streamsOfSession` others, its oldest one ends: most likely it is that of a
    /// page which was left, and whose connection is not known to be closed yet.
    /// - Parameter token: of the visitor's session.
    package func open(_ token: String, by visitor: Sessions.SignedIn) -> SessionStream {
        let (id, now, end) = (visitor.session.id, time.elapsed(), AsyncSignal<Void>(.forever))
        let (replaced, expected) = state.withLock { state in
            var streams = state.open[id] ?? []
            let replaced = streams.count < ServiceLimits.streamsOfSession ? nil : streams.removeFirst()
            state.open[id] = streams + [end]
            let expected: TenantChanges? =
                state.expected.update(id) { all in
                    all.removeAll { !isFresh($0, at: now) }
                    return all.isEmpty ? nil : all.removeFirst().changes
                } ?? nil
            return (replaced, expected)
        }
        replaced?.send()
        return SessionStream(
            changes: expected ?? notifier.changes(of: visitor.tenant.id), isExpected: expected != nil, end: end,
            time: time,
            isSignedIn: { [sessions] in try await sessions.find(token, isUse: false) != nil },
            onEnd: { [weak self] in self?.close(end, of: id) })
    }

    /// How many streams are open.
    package var count: Int { state.withLock { $0.open.values.reduce(0) { $0 + $1.count } } }

    private func close(_ end: AsyncSignal<Void>, of id: SessionID) {
        state.withLock { state in
            let left = (state.open[id] ?? []).filter { $0 !== end }
            state.open[id] = left.isEmpty ? nil : left
        }
    }
}

/// One stream: that records of the tenant have changed, not which. It is open as long as this exists.
package final class SessionStream: Sendable {
    package enum Event: Sendable {
        case changed
        /// Shows both ends that the other still exists.
        case heartbeat
    }

    private struct State {
        var isExpected: Bool
        /// By `ServerClock.elapsed`; `nil` before the first.
        var latestChange: Duration?
    }

    /// What ends a wait for the next event.
    private enum Wake: Comparable {
        case heartbeat
        case change
        case end
    }

    private let changes: TenantChanges
    /// Sent when another stream takes the place of this one.
    private let end: AsyncSignal<Void>
    private let time: any ServerClock
    private let isSignedIn: @Sendable () async throws -> Bool
    private let onEnd: @Sendable () -> Void
    private let state: Mutex<State>

    init(
        changes: TenantChanges, isExpected: Bool, end: AsyncSignal<Void>, time: any ServerClock,
        isSignedIn: @escaping @Sendable () async throws -> Bool, onEnd: @escaping @Sendable () -> Void
    ) {
        self.changes = changes
        self.end = end
        self.time = time
        self.isSignedIn = isSignedIn
        self.onEnd = onEnd
        state = Mutex(State(isExpected: isExpected))
    }

    deinit { onEnd() }

    /// Waits for the next event. Changes follow one another at intervals of `ServiceLimits.streamInterval` or more.
    /// - Returns: `nil` when the session has ended, another stream has taken the place of this one, or the server shuts down.
    /// - Throws: `CancellationError`.
    package func next() async throws -> Event? {
        let event: Event?
        do {
            event = try await cancelWhenGracefulShutdown { try await self.wait() }
        } catch is CancellationError {
            try Task.checkCancellation()
            // Only the wait was cancelled: by the shutdown.
            return nil
        }
        guard let event, try await isSignedIn() else { return nil }
        return event
    }

    private func wait() async throws -> Event? {
        let (isExpected, latest) = state.withLock { state in
            defer { state.isExpected = true }
            return (state.isExpected, state.latestChange)
        }
        if isExpected {
            if let latest { try await time.sleep(for: latest + ServiceLimits.streamInterval - time.elapsed()) }
            switch try await wake() {
            case .end: return nil
            case .heartbeat: return .heartbeat
            case .change: break
            }
        }
        state.withLock { $0.latestChange = time.elapsed() }
        return .changed
    }

    private func wake() async throws -> Wake {
        let (changes, end, time) = (changes, end, time)
        return try await withThrowingTaskGroup(of: Wake.self) { group in
            group.addTask {
                try await changes.wait()
                return .change
            }
            group.addTask {
                try await end.wait()
                return .end
            }
            group.addTask {
                try await time.sleep(for: ServiceLimits.streamHeartbeat)
                return .heartbeat
            }
            var wake = try await group.next() ?? .heartbeat
            group.cancelAll()
            // A change that arrived together with a heartbeat must not be lost.
            while let other = await group.nextResult() {
                if case .success(let other) = other { wake = max(wake, other) }
            }
            return wake
        }
    }
}
