internal import Synchronization

/// What the caller of a read or a write waits for: resumed with the first result that it is given, later ones are ignored.
///
/// A request whose client has gone is cancelled. What of one tenant's it has waiting is then given up; what has begun is
/// finished, and its caller gets the result. Background work is never given up here, for it decides for itself what it
/// leaves; nor is what other requests may wait for, too.
final class PendingResult: Sendable {
    private enum State {
        case created
        case waiting(CheckedContinuation<Void, any Error>)
        /// Its turn has come.
        case begun(CheckedContinuation<Void, any Error>)
        /// Before its caller had begun to wait.
        case cancelled
        case done
    }

    private let state = Mutex(State.created)

    /// Waits for the result of something.
    /// - Parameters:
    ///   - isShared: whether it serves more than the request that asks for it.
    ///   - start: puts it in its queue.
    /// - Throws: the result's error; `CancellationError` where the caller is a cancelled request and its turn had not come.
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

    /// Takes its turn.
    /// - Returns: whether somebody still waits for it; otherwise it is not to be done.
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
