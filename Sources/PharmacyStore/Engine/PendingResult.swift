internal import Synchronization

/// The result that the caller of a read or a write waits for. The first result resumes the caller; later ones are ignored.
///
/// A request is cancelled when its client has disconnected. A transaction of one tenant that waits for its turn is then
/// dropped; one that has begun ends, and its caller gets the result. Transactions of background work are never dropped, because
/// that work decides for itself what it leaves undone; nor are those that other requests may wait for, too.
///
/// Not an `AsyncSignal`, for two reasons: whether cancellation ends the wait depends on `begin`, and every transaction makes one,
/// so it has a single caller and no list of them.
final class PendingResult: Sendable {
    private enum State {
        case created
        case waiting(CheckedContinuation<Void, any Error>)
        /// The transaction has its turn.
        case begun(CheckedContinuation<Void, any Error>)
        /// The caller was cancelled before it began to wait.
        case cancelled
        case done
    }

    private let state = Mutex(State.created)

    /// Waits for the result of a transaction.
    /// - Parameters:
    ///   - isShared: whether other requests may wait for the transaction, too.
    ///   - start: adds the transaction to its queue.
    /// - Throws: the result's error; `CancellationError` where the caller is a cancelled request and the transaction had not
    ///   begun.
    static func awaited(isShared: Bool, _ start: (PendingResult) -> Void) async throws {
        let pending = PendingResult()
        // Only requests have a time limit over all their transactions.
        guard StoreWaitingTime.current != nil, !isShared else {
            return try await withCheckedThrowingContinuation { pending.wait($0, start) }
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { pending.wait($0, start) }
        } onCancel: {
            pending.cancel()
        }
    }

    private func wait(_ continuation: CheckedContinuation<Void, any Error>, _ start: (PendingResult) -> Void) {
        let isCancelled = state.withLock { state in
            if case .cancelled = state { return true }
            state = .waiting(continuation)
            return false
        }
        if isCancelled { continuation.resume(throwing: CancellationError()) } else { start(self) }
    }

    /// Marks the transaction as begun.
    /// - Returns: whether its caller still waits; otherwise the transaction must not run.
    func begin() -> Bool {
        state.withLock { state in
            switch state {
            case .waiting(let continuation), .begun(let continuation):
                state = .begun(continuation)
                return true
            case .created, .cancelled, .done: return false
            }
        }
    }

    func resume(with result: Result<Void, any Error>) {
        let continuation: CheckedContinuation<Void, any Error>? = state.withLock { state in
            switch state {
            case .waiting(let continuation), .begun(let continuation):
                state = .done
                return continuation
            case .created, .cancelled, .done: return nil
            }
        }
        continuation?.resume(with: result)
    }

    func fail(_ error: any Error) { resume(with: .failure(error)) }

    private func cancel() {
        let continuation: CheckedContinuation<Void, any Error>? = state.withLock { state in
            switch state {
            case .created: state = .cancelled
            case .waiting(let continuation):
                state = .done
                return continuation
            case .begun, .cancelled, .done: break
            }
            return nil
        }
        continuation?.resume(throwing: CancellationError())
    }
}
