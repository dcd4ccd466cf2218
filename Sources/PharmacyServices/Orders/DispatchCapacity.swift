internal import PharmacyDomain
internal import Synchronization

/// The slots of a worker that claims orders lane by lane, and whether it waits for one of them to become free.
final class DispatchCapacity: Sendable {
    private struct State {
        var slots: DispatchSlots
        var isAwaited = false
    }

    private let state: Mutex<State>

    /// - Parameter total: slots, 1 or more.
    init(total: Int) {
        state = Mutex(State(slots: DispatchSlots(total: total)))
    }

    /// The slots that a plan goes by. Until `endPlan` says otherwise the worker waits for each that becomes free: one that
    /// does so meanwhile is not in the plan.
    func beginPlan() -> DispatchSlots {
        state.withLock { state in
            state.isAwaited = true
            return state.slots
        }
    }

    /// - Parameter isShort: whether orders are due for which there is no room.
    func endPlan(isShort: Bool) { state.withLock { $0.isAwaited = isShort } }

    func begin(_ lanes: [DispatchSlots.Lane]) {
        state.withLock { state in
            for lane in lanes { state.slots.begin(lane) }
        }
    }

    /// - Returns: whether the worker waits for it.
    func end(_ lane: DispatchSlots.Lane) -> Bool {
        state.withLock { state in
            state.slots.end(lane)
            return state.isAwaited
        }
    }
}
