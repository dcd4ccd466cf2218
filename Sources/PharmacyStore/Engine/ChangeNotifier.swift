internal import Synchronization

/// Notifies background services that a commit has created work for them.
///
/// A notification is remembered until a service waits for it, and repeated notifications on a channel are merged: a
/// service that starts late misses nothing, and a slow one is woken once.
package final class ChangeNotifier: Sendable {
    private struct Channel {
        var isPending = false
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private struct State {
        var channels: [StoreChannel: Channel] = [:]
        /// Streams that receive every notification on their channels.
        var subscribers: [UInt64: (channels: Set<StoreChannel>, stream: AsyncStream<Void>.Continuation)] = [:]
        var nextID: UInt64 = 0
        /// Waiters whose task was cancelled before they were registered.
        var cancelled: Set<UInt64> = []

        mutating func makeID() -> UInt64 {
            nextID += 1
            return nextID
        }
    }

    private let state = Mutex(State())

    package init() {}

    package func notify(_ channels: Set<StoreChannel>) {
        let (waiters, subscribers) = state.withLock { state in
            let waiters = channels.flatMap { name in
                let waiters = Array(state.channels[name, default: Channel()].waiters.values)
                state.channels[name, default: Channel()].waiters = [:]
                state.channels[name, default: Channel()].isPending = waiters.isEmpty
                return waiters
            }
            let subscribers = state.subscribers.values.filter { !$0.channels.isDisjoint(with: channels) }
            return (waiters, subscribers.map(\.stream))
        }
        for subscriber in subscribers { subscriber.yield() }
        for waiter in waiters { waiter.resume() }
    }

    /// Every notification on the channels from now on, independently of other receivers. Notifications that arrive while
    /// one is unread are merged with it.
    package func notifications(on channels: Set<StoreChannel>) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            let id = state.makeID()
            state.subscribers[id] = (channels, continuation)
            return id
        }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.subscribers[id] = nil } }
        return stream
    }

    /// Returns at the next notification on the channel, immediately if one is pending, or when the task is cancelled.
    package func wait(for channel: StoreChannel) async {
        let id = state.withLock { $0.makeID() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isDone = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return true }
                    if state.channels[channel, default: Channel()].isPending {
                        state.channels[channel, default: Channel()].isPending = false
                        return true
                    }
                    state.channels[channel, default: Channel()].waiters[id] = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                let waiter = state.channels[channel]?.waiters.removeValue(forKey: id)
                if waiter == nil { state.cancelled.insert(id) }
                return waiter
            }
            continuation?.resume()
        }
        state.withLock { _ = $0.cancelled.remove(id) }
    }
}
