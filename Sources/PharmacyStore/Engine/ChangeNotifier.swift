package import PharmacyDomain
internal import Synchronization

/// Notifies background services that a commit has created work for them, and dashboards that records of their tenant have changed.
///
/// A notification is remembered until a service waits for it, and repeated notifications on a channel are merged: a
/// service that starts late misses nothing, and a slow one is woken once.
package final class ChangeNotifier: Sendable {
    private struct Subscribers {
        var streams: [UInt64: (channels: Set<StoreChannel>, stream: AsyncStream<Void>.Continuation)] = [:]
        var tenants: [TenantID: [UInt64: (changes: TenantChange, signal: AsyncSignal<Void>)]] = [:]
        var lastID: UInt64 = 0

        mutating func newID() -> UInt64 {
            lastID += 1
            return lastID
        }

        func signals(_ notice: CommitNotice) -> [AsyncSignal<Void>] {
            if notice.isAboutAllTenants { return tenants.values.flatMap { $0.values.map(\.signal) } }
            if tenants.isEmpty { return [] }
            return notice.tenants.flatMap { tenant, change in
                (tenants[tenant] ?? [:]).values.filter { !$0.changes.isDisjoint(with: change) }.map(\.signal)
            }
        }
    }

    private let signals: [StoreChannel: AsyncSignal<Void>]
    private let subscribers = Mutex(Subscribers())

    package init() {
        signals = Dictionary(
            uniqueKeysWithValues: StoreChannel.allCases.map { ($0, AsyncSignal(.untilReceived)) })
    }

    package func notify(_ channels: Set<StoreChannel>) { notify(CommitNotice(channels)) }

    package func notify(_ notice: CommitNotice) {
        let (streams, changes) = subscribers.withLock { subscribers in
            (
                subscribers.streams.values.filter { !$0.channels.isDisjoint(with: notice.channels) }.map(\.stream),
                subscribers.signals(notice)
            )
        }
        for stream in streams { stream.yield() }
        for channel in notice.channels { signals[channel]?.send() }
        for change in changes { change.send() }
    }

    /// The changes of a tenant from now on, of some kinds.
    package func changes(_ changes: TenantChange, of tenant: TenantID) -> TenantChanges {
        let signal = AsyncSignal<Void>(.untilReceived)
        let id = subscribers.withLock { subscribers in
            let id = subscribers.newID()
            subscribers.tenants[tenant, default: [:]][id] = (changes, signal)
            return id
        }
        return TenantChanges(signal) { [weak self] in
            self?.subscribers.withLock { subscribers in
                subscribers.tenants[tenant]?[id] = nil
                if subscribers.tenants[tenant]?.isEmpty == true { subscribers.tenants[tenant] = nil }
            }
        }
    }

    /// All notifications on the channels from now on, independently of other receivers. Notifications that arrive while one is
    /// unread are merged with it.
    package func notifications(on channels: Set<StoreChannel>) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = subscribers.withLock { subscribers in
            let id = subscribers.newID()
            subscribers.streams[id] = (channels, continuation)
            return id
        }
        continuation.onTermination = { [weak self] _ in self?.subscribers.withLock { $0.streams[id] = nil } }
        return stream
    }

    /// Returns at the next notification on the channel, immediately if one is pending, or when the task is cancelled.
    package func wait(for channel: StoreChannel) async { try? await signals[channel]?.wait() }
}
