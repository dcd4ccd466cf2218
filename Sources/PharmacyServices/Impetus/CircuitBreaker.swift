/// Blocks calls to a system that keeps failing, so that callers do not wait for it and the system can recover. A pure value: its
/// owner passes the time of each event, by a clock that is never set (`ServerClock.elapsed`).
package struct CircuitBreaker: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        /// Calls are made; so many have failed in a row.
        case closed(failures: Int)
        /// No call is made before that time.
        case open(until: Duration)
        /// One call is in flight to test whether the system has recovered; after that time it counts as lost.
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

    /// Whether a call may be made now. Each call that is made must be followed by `succeeded`, `failed` or `abandoned`.
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

    /// A caller abandoned a call before its end, which proves nothing about the system: the next call may test it.
    package mutating func abandoned(at now: Duration) {
        if case .halfOpen = state { state = .open(until: now) }
    }

    package mutating func failed(at now: Duration) {
        switch state {
        case .closed(let failures) where failures + 1 < limit: state = .closed(failures: failures + 1)
        case .closed, .halfOpen: state = .open(until: now + coolDown)
        // A call from before the circuit opened adds nothing.
        case .open: break
        }
    }
}
