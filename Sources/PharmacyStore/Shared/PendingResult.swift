internal import Synchronization

/// Resumes a waiting caller with the first result that it is given; later results are ignored.
final class PendingResult: Sendable {
    private let waiting: Mutex<CheckedContinuation<Void, any Error>?>

    init(_ continuation: CheckedContinuation<Void, any Error>) {
        waiting = Mutex(continuation)
    }

    func resume(with result: Result<Void, any Error>) {
        let continuation = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        continuation?.resume(with: result)
    }

    func fail(_ error: any Error) { resume(with: .failure(error)) }
}
