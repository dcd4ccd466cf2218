package import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore
internal import Synchronization

/// A clock that advances only when a test advances it, so that a test of a minute takes no time.
package final class ManualClock: ServerClock {
    private struct State {
        var now: Timestamp
        var elapsed = Duration.zero
        var sleepers: [UInt64: (until: Duration, wake: AsyncSignal<Void>)] = [:]
        var lastSleeper: UInt64 = 0
    }

    private let state: Mutex<State>
    /// Sent when a task begins to sleep.
    private let arrived = AsyncSignal<Void>(.untilReceived)

    package init(_ now: Timestamp = Timestamp(milliseconds: 1_766_423_701_000)) {
        state = Mutex(State(now: now))
    }

    package func now() -> Timestamp { state.withLock(\.now) }

    package func elapsed() -> Duration { state.withLock(\.elapsed) }

    /// Sets the wall clock, forward or back, while no time passes.
    package func setWallClock(by span: Duration) { state.withLock { $0.now = $0.now + span } }

    package func sleep(for span: Duration) async throws { try await sleep { _ in span } }

    package func sleep(until moment: Timestamp, atMost limit: Duration) async throws {
        try await sleep { min(moment.since($0), limit) }
    }

    /// - Parameter span: how long, given the time at which the sleep begins.
    private func sleep(_ span: @Sendable (Timestamp) -> Duration) async throws {
        let wake = AsyncSignal<Void>(.forever)
        let id = state.withLock { state in
            state.lastSleeper += 1
            return state.lastSleeper
        }
        try await withTaskCancellationHandler {
            let mustSleep = try state.withLock { state in
                // A cancellation before this found no sleeper to remove. One after it finds the sleeper.
                try Task.checkCancellation()
                let span = span(state.now)
                guard span > .zero else { return false }
                state.sleepers[id] = (state.elapsed + span, wake)
                return true
            }
            guard mustSleep else { return }
            arrived.send()
            try await wake.wait()
        } onCancel: {
            // Before `cancel` returns, so that `advanceToNextSleeper` never sees a cancelled sleeper.
            state.withLock { _ = $0.sleepers.removeValue(forKey: id) }
        }
    }

    /// Advances the time and wakes the sleepers whose moment has come.
    package func advance(by span: Duration) { advance(to: state.withLock { $0.elapsed + span }) }

    /// Advances the time to the next sleeper's moment. Without a sleeper it waits for one, or until the task is cancelled.
    package func advanceToNextSleeper() async {
        while !Task.isCancelled {
            let next = state.withLock { $0.sleepers.values.map(\.until).min() }
            if let next { return advance(to: next) }
            try? await arrived.wait()
        }
    }

    private func advance(to moment: Duration) {
        let due = state.withLock { state in
            let span = max(.zero, moment - state.elapsed)
            state.elapsed += span
            state.now = state.now + span
            let due = state.sleepers.filter { $0.value.until <= state.elapsed }
            for sleeper in due.keys { state.sleepers[sleeper] = nil }
            return due.values.map(\.wake)
        }
        for wake in due { wake.send() }
        // A task that waits for a sleeper may have missed one that arrived together with another.
        if state.withLock({ !$0.sleepers.isEmpty }) { arrived.send() }
    }
}
