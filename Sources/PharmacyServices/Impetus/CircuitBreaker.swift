/// Keeps calls from a system that fails again and again, so that nobody waits for what will not come and the system has
/// quiet to recover. A pure value: whoever holds it says what happened when, on a clock that is never set
/// (`ServerClock.elapsed`).
package struct CircuitBreaker: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        /// Calls go out; so many have failed in a row.
        case closed(failures: Int)
        /// No call goes out before that moment.
        case open(until: Duration)
        /// One call is under way to see whether the system is well again; it counts as lost after that moment.
        case halfOpen(until: Duration)
    }

    package private(set) var state = State.closed(failures: 0)
    private let limit: Int
    private let coolDown: Duration

    /// - Parameters:
    ///   - limit: failures in a row that open the circuit.
    ///   - coolDown: how long it stays open.
    package init(limit: Int = ServiceLimits.circuitFailures, coolDown: Duration = ServiceLimits.circuitCoolDown) {
        self.limit = limit
        self.coolDown = coolDown
    }

    /// Whether a call may go out now; each that may must be followed by `succeeded`, `failed` or
    /// `givenUp`.
    package mutating func admits(at now: Duration) -> Bool {
        switch state {
        case .closed: return true
        case .open(let moment), .halfOpen(let moment):
            guard moment <= now else { return false }
            state = .halfOpen(until: now + coolDown)
            return true
        }
    }

    package mutating func succeeded() { state = .closed(failures: 0) }

    /// A call was given up by its caller before its end, which tells nothing of the system: the next one may try.
    package mutating func givenUp(at now: Duration) {
        if case .halfOpen = state { state = .open(until: now) }
    }

    package mutating func failed(at now: Duration) {
        switch state {
        case .closed(let failures) where failures + 1 < limit: state = .closed(failures: failures + 1)
        case .closed, .halfOpen: state = .open(until: now + coolDown)
        // A call that went out before the circuit opened: it tells nothing new.
        case .open: break
        }
    }
}
