package import PharmacyDomain
internal import PharmacyServices
internal import Synchronization

/// Time that stands still until it is moved: a test of a minute takes none.
package final class ManualClock: ServerClock {
    private struct State {
        var now: Timestamp
        var elapsed = Duration.zero
        var sleepers: [UInt64: (until: Duration, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var cancelled: Set<UInt64> = []
        var watchers: [CheckedContinuation<Void, Never>] = []
        var nextSleeper: UInt64 = 0
    }

    private let state: Mutex<State>

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

    /// - Parameter span: how long, given what time it is as the sleep begins.
    private func sleep(_ span: @Sendable (Timestamp) -> Duration) async throws {
        let sleeper = state.withLock { state in
            state.nextSleeper += 1
            return state.nextSleeper
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let (outcome, watchers): (Result<Void, any Error>?, [CheckedContinuation<Void, Never>]) =
                    state.withLock { state in
                        if state.cancelled.remove(sleeper) != nil { return (.failure(CancellationError()), []) }
                        let span = span(state.now)
                        if span <= .zero { return (.success(()), []) }
                        state.sleepers[sleeper] = (state.elapsed + span, continuation)
                        defer { state.watchers = [] }
                        return (nil, state.watchers)
                    }
                if let outcome { continuation.resume(with: outcome) }
                for watcher in watchers { watcher.resume() }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                let waiting = state.sleepers.removeValue(forKey: sleeper)
                if waiting == nil { state.cancelled.insert(sleeper) }
                return waiting
            }
            waiting?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Moves time on and wakes those whose moment has come.
    package func advance(by span: Duration) { advance(to: state.withLock { $0.elapsed + span }) }

    /// Moves time to the moment that somebody waits for next; waits until somebody does, or the task is cancelled.
    package func advanceToNextSleeper() async {
        while !Task.isCancelled {
            let next = state.withLock { $0.sleepers.values.map(\.until).min() }
            if let next { return advance(to: next) }
            await withTaskCancellationHandler {
                await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                    let mustWait = state.withLock { state in
                        guard state.sleepers.isEmpty, !Task.isCancelled else { return false }
                        state.watchers.append(continuation)
                        return true
                    }
                    if !mustWait { continuation.resume() }
                }
            } onCancel: {
                let watchers = state.withLock { state in
                    defer { state.watchers = [] }
                    return state.watchers
                }
                for watcher in watchers { watcher.resume() }
            }
        }
    }

    private func advance(to moment: Duration) {
        let due = state.withLock { state in
            let span = max(.zero, moment - state.elapsed)
            state.elapsed += span
            state.now = state.now + span
            let due = state.sleepers.filter { $0.value.until <= state.elapsed }
            for sleeper in due.keys { state.sleepers[sleeper] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
    }
}
