internal import Synchronization

/// Wakes tasks that wait for something: a notification, the end of some work, or its result.
///
/// Each waiting task is resumed exactly once: with the value that was sent, or with `CancellationError` when it is cancelled.
/// `send` never blocks, and resumes the tasks after it has released its lock.
package final class AsyncSignal<Value: Sendable>: Sendable {
    /// What becomes of a value that was sent.
    package enum Memory: Sendable {
        /// The tasks that wait receive the value. Without any, the next one receives it; values sent before that are merged
        /// into the newest.
        case untilReceived
        /// All tasks that wait now or later receive the first value; later values are ignored.
        case forever
    }

    private typealias Waiter = CheckedContinuation<Value, any Error>

    private struct State {
        var value: Value?
        var waiters: [(id: UInt64, continuation: Waiter)] = []
        var uncancellable: [CheckedContinuation<Value, Never>] = []
        var lastID: UInt64 = 0

        /// The remembered value, for one task.
        mutating func receive(_ memory: Memory) -> Value? {
            guard let value else { return nil }
            if case .untilReceived = memory { self.value = nil }
            return value
        }
    }

    private let memory: Memory
    private let state = Mutex(State())

    package init(_ memory: Memory) {
        self.memory = memory
    }

    /// Whether a value is remembered.
    package var isSet: Bool { state.withLock { $0.value != nil } }

    /// Resumes the tasks that wait.
    /// - Returns: `false` where the value is ignored, because an earlier one is remembered for ever.
    @discardableResult
    package func send(_ value: Value) -> Bool {
        typealias Waiting = (cancellable: [Waiter], uncancellable: [CheckedContinuation<Value, Never>])
        let waiting: Waiting? = state.withLock { state in
            if case .forever = memory, state.value != nil { return nil }
            let waiting = (state.waiters.map(\.continuation), state.uncancellable)
            let isAwaited = !state.waiters.isEmpty || !state.uncancellable.isEmpty
            (state.waiters, state.uncancellable) = ([], [])
            if case .untilReceived = memory, isAwaited { return waiting }
            state.value = value
            return waiting
        }
        guard let waiting else { return false }
        for waiter in waiting.cancellable { waiter.resume(returning: value) }
        for waiter in waiting.uncancellable { waiter.resume(returning: value) }
        return true
    }

    /// Waits for a value; returns at once where one is remembered.
    /// - Throws: `CancellationError` when the task is cancelled before a value is sent.
    package func wait() async throws -> Value {
        let (received, id) = state.withLock { state in
            state.lastID += 1
            return (state.receive(memory), state.lastID)
        }
        if let received { return received }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { register($0, id) }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0).continuation }
            }
            waiter?.resume(throwing: CancellationError())
        }
    }

    /// Waits for a value even when the task is cancelled, for callers that must not continue before it.
    package func waitIgnoringCancellation() async -> Value {
        await withCheckedContinuation { continuation in
            let value: Value? = state.withLock { state in
                if let value = state.receive(memory) { return value }
                state.uncancellable.append(continuation)
                return nil
            }
            if let value { continuation.resume(returning: value) }
        }
    }

    private func register(_ waiter: Waiter, _ id: UInt64) {
        let outcome: Result<Value, any Error>? = state.withLock { state in
            if let value = state.receive(memory) { return .success(value) }
            // A cancellation before this found no waiter to resume. A later one finds it.
            if Task.isCancelled { return .failure(CancellationError()) }
            state.waiters.append((id, waiter))
            return nil
        }
        if let outcome { waiter.resume(with: outcome) }
    }
}

extension AsyncSignal where Value == Void {
    /// Resumes the tasks that wait.
    package func send() { send(()) }
}
