internal import Synchronization

/// Notifies background services that a commit has created work for them.
///
/// A notification is remembered until a service waits for it, and repeated notifications on a channel are merged: a
/// service that starts late misses nothing, and a slow one is woken once.
package final class ChangeNotifier: Sendable {
    private struct Subscribers {
        var streams: [UInt64: (channels: Set<StoreChannel>, stream: AsyncStream<Void>.Continuation)] = [:]
        var lastID: UInt64 = 0
    }

    private let signals: [StoreChannel: AsyncSignal<Void>]
    private let subscribers = Mutex(Subscribers())

    package init() {
        signals = Dictionary(
            uniqueKeysWithValues: StoreChannel.allCases.map { ($0, AsyncSignal(.untilReceived)) })
    }

    package func notify(_ channels: Set<StoreChannel>) {
        let streams = subscribers.withLock { subscribers in
            subscribers.streams.values.filter { !$0.channels.isDisjoint(with: channels) }.map(\.stream)
        }
        for stream in streams { stream.yield() }
        for channel in channels { signals[channel]?.send() }
    }

    /// All notifications on the channels from now on, independently of other receivers. Notifications that arrive while one is
    /// unread are merged with it.
    package func notifications(on channels: Set<StoreChannel>) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = subscribers.withLock { subscribers in
            subscribers.lastID += 1
            subscribers.streams[subscribers.lastID] = (channels, continuation)
            return subscribers.lastID
        }
        continuation.onTermination = { [weak self] _ in self?.subscribers.withLock { $0.streams[id] = nil } }
        return stream
    }

    /// Returns at the next notification on the channel, immediately if one is pending, or when the task is cancelled.
    package func wait(for channel: StoreChannel) async { try? await signals[channel]?.wait() }
}
