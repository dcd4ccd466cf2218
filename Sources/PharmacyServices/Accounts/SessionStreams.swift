package import PharmacyDomain
package import PharmacyStore
internal import ServiceLifecycle
internal import Synchronization

/// The event streams that browsers keep open, so that the pages of the dashboard stay current.
///
/// A page is rendered some time before its stream is opened. `announce` begins to collect changes before the page reads anything;
/// the stream of that page continues with them. A stream that no page has announced here, such as one that connects again, begins
/// with a change.
package final class SessionStreams: Sendable {
    private struct Announced {
        let session: SessionID
        let at: Duration
        let changes: TenantChanges
    }

    private struct State {
        /// The streams that each session has open, oldest first, as what ends them.
        var open: [SessionID: [AsyncSignal<Void>]] = [:]
        var shares = FairShares<TenantID>(
            total: ServiceLimits.streams, divisor: ServiceLimits.streamShare)
        /// By the page's id, oldest first.
        var announced = BoundedCache<String, Announced>(capacity: ServiceLimits.announcedPages)
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
    /// - Parameters:
    ///   - page: names this rendering of the page.
    ///   - changes: what the page shows.
    package func announce(_ page: String, showing changes: TenantChange, to visitor: Sessions.SignedIn) {
        let now = time.elapsed()
        let announced = Announced(
            session: visitor.session.id, at: now, changes: notifier.changes(changes, of: visitor.tenant.id))
        state.withLock { state in
            state.announced.insert(announced, for: page)
            while let oldest = state.announced.elements.first,
                now - oldest.value.at >= ServiceLimits.announcementLifetime
            {
                state.announced.removeValue(for: oldest.key)
            }
        }
    }

    /// Opens a stream. If the session has `ServiceLimits.streamsOfSession` others, its oldest one ends: most likely it is that of a
    /// page which was left, and whose connection is not known to be closed yet.
    /// - Parameters:
    ///   - page: the one that was announced; `nil`, or another one: the stream begins with a change.
    ///   - changes: what the page shows.
    ///   - token: of the visitor's session.
    /// - Returns: `nil` if the tenant has its share of all streams.
    package func open(
        _ page: String?, showing changes: TenantChange, token: String, by visitor: Sessions.SignedIn
    ) -> SessionStream? {
        let (id, tenant, now) = (visitor.session.id, visitor.tenant.id, time.elapsed())
        let end = AsyncSignal<Void>(.forever)
        typealias Opening = (isOpened: Bool, replaced: AsyncSignal<Void>?, announced: Announced?)
        let (isOpened, replaced, announced): Opening = state.withLock { state in
            let announced = page.flatMap { state.announced.removeValue(for: $0) }
            var streams = state.open[id] ?? []
            let mustReplace = streams.count >= ServiceLimits.streamsOfSession
            guard mustReplace || state.shares.room(for: tenant) > 0 else { return (false, nil, announced) }
            let replaced = mustReplace ? streams.removeFirst() : nil
            state.open[id] = streams + [end]
            state.shares.begin(tenant)
            return (true, replaced, announced)
        }
        guard isOpened else { return nil }
        replaced?.send()
        let collected = announced.flatMap { announced in
            announced.session == id && now - announced.at < ServiceLimits.announcementLifetime ? announced.changes : nil
        }
        return SessionStream(
            changes: collected ?? notifier.changes(changes, of: tenant), mustBeginWithChange: collected == nil,
            end: end, time: time, isSignedIn: { [sessions] in try await sessions.find(token, isUse: false) != nil },
            onEnd: { [weak self] in self?.close(end, of: id, tenant) })
    }

    /// How many streams are open.
    package var count: Int { state.withLock { $0.open.values.reduce(0) { $0 + $1.count } } }

    private func close(_ end: AsyncSignal<Void>, of id: SessionID, _ tenant: TenantID) {
        state.withLock { state in
            state.shares.end(tenant)
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
        var mustBeginWithChange: Bool
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
        changes: TenantChanges, mustBeginWithChange: Bool, end: AsyncSignal<Void>, time: any ServerClock,
        isSignedIn: @escaping @Sendable () async throws -> Bool, onEnd: @escaping @Sendable () -> Void
    ) {
        self.changes = changes
        self.end = end
        self.time = time
        self.isSignedIn = isSignedIn
        self.onEnd = onEnd
        state = Mutex(State(mustBeginWithChange: mustBeginWithChange))
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
        let (mustBegin, latest) = state.withLock { state in
            defer { state.mustBeginWithChange = false }
            return (state.mustBeginWithChange, state.latestChange)
        }
        if !mustBegin {
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
