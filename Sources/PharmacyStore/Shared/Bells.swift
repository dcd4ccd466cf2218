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
        var nextListener: UInt64 = 0
        var cancelled: Set<UInt64> = []
    }

    private let state = Mutex(State())

    package init() {}

    package func ring(_ bells: Set<StoreBell>) {
        let listeners = state.withLock { state in
            bells.flatMap { name in
                let listeners = Array(state.bells[name, default: Bell()].listeners.values)
                state.bells[name, default: Bell()].listeners = [:]
                state.bells[name, default: Bell()].isRung = listeners.isEmpty
                return listeners
            }
        }
        for listener in listeners { listener.resume() }
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
