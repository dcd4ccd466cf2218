internal import PharmacyDomain
internal import Synchronization

/// The slots of a worker that claims orders lane by lane, and whether it waits for one of them to become free.
final class LaneCapacity: Sendable {
    private struct State {
        var slots: DispatchSlots
        var isAwaited = false
        var lastClaim: ContinuousClock.Instant?
    }

    private let state: Mutex<State>

    /// - Parameter total: slots, 1 or more.
    init(total: Int) {
        state = Mutex(State(slots: DispatchSlots(total: total)))
    }

    /// The slots for a plan. Until `endPlan` the worker waits for every slot that becomes free, because the plan does not know
    /// of it.
    func beginPlan() -> DispatchSlots {
        state.withLock { state in
            state.isAwaited = true
            return state.slots
        }
    }

    /// - Parameter isShort: whether orders are due for which there is no room.
    func endPlan(isShort: Bool) { state.withLock { $0.isAwaited = isShort } }

    /// When orders were last claimed.
    var lastClaim: ContinuousClock.Instant? { state.withLock(\.lastClaim) }

    func begin(_ lanes: [DispatchSlots.Lane]) {
        state.withLock { state in
            state.lastClaim = .now
            for lane in lanes { state.slots.begin(lane) }
        }
    }

    /// - Returns: whether the worker waits for the slot.
    func end(_ lane: DispatchSlots.Lane) -> Bool {
        state.withLock { state in
            state.slots.end(lane)
            return state.isAwaited
        }
    }
}
