internal import Synchronization

/// A caller that waits for a result, and is told one: the first. What comes later comes to nobody.
final class PendingResult<Value: Sendable>: Sendable {
    private let waiting: Mutex<CheckedContinuation<Value, any Error>?>

    init(_ continuation: CheckedContinuation<Value, any Error>) {
        waiting = Mutex(continuation)
    }

    func resume(with result: Result<Value, any Error>) {
        let continuation = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        continuation?.resume(with: result)
    }

    func fail(_ error: any Error) { resume(with: .failure(error)) }
}
