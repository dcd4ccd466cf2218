internal import Synchronization

/// Tells background services that a commit has left them something to do.
///
/// A ring is remembered until somebody listens, and many rings are one: who comes late misses nothing, and who is slow
/// is not called again for each.
package final class Bells: Sendable {
    private struct Bell {
        var isRung = false
        var listeners: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private struct State {
        var bells: [StoreBell: Bell] = [:]
        /// Those that hear every ring, and which bells they listen to.
        var subscribers: [UInt64: (bells: Set<StoreBell>, heard: AsyncStream<Void>.Continuation)] = [:]
        var nextListener: UInt64 = 0
        var cancelled: Set<UInt64> = []
    }

    private let state = Mutex(State())

    package init() {}

    package func ring(_ bells: Set<StoreBell>) {
        let (listeners, subscribers) = state.withLock { state in
            let listeners = bells.flatMap { name in
                let listeners = Array(state.bells[name, default: Bell()].listeners.values)
                state.bells[name, default: Bell()].listeners = [:]
                state.bells[name, default: Bell()].isRung = listeners.isEmpty
                return listeners
            }
            let subscribers = state.subscribers.values.filter { !$0.bells.isDisjoint(with: bells) }.map(\.heard)
            return (listeners, subscribers)
        }
        for subscriber in subscribers { subscriber.yield() }
        for listener in listeners { listener.resume() }
    }

    /// Hears every ring of some bells from now on, whoever else listens; many rings that nobody has come round to are one.
    package func rings(of bells: Set<StoreBell>) -> AsyncStream<Void> {
        let (stream, heard) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.nextListener += 1
            state.subscribers[state.nextListener] = (bells, heard)
            return state.nextListener
        }
        heard.onTermination = { [weak self] _ in self?.state.withLock { $0.subscribers[number] = nil } }
        return stream
    }

    /// Returns at the next ring, at once where one was missed, or when the task is cancelled.
    package func heard(_ bell: StoreBell) async {
        let listener = state.withLock { state in
            state.nextListener += 1
            return state.nextListener
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isDone = state.withLock { state in
                    if state.cancelled.remove(listener) != nil { return true }
                    if state.bells[bell, default: Bell()].isRung {
                        state.bells[bell, default: Bell()].isRung = false
                        return true
                    }
                    state.bells[bell, default: Bell()].listeners[listener] = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                let waiting = state.bells[bell]?.listeners.removeValue(forKey: listener)
                if waiting == nil { state.cancelled.insert(listener) }
                return waiting
            }
            continuation?.resume()
        }
        state.withLock { _ = $0.cancelled.remove(listener) }
    }
}
