internal import PharmacyDomain
internal import Synchronization

/// A fetch of a catalog that several requests wait for. It is cancelled when none of them waits any more.
final class SharedFetch: Sendable {
    private let task: Task<Catalog?, any Error>
    /// How many wait; `nil` once it has been given up.
    private let waiting = Mutex<Int?>(1)

    /// Starts a fetch that its maker waits for.
    init(_ fetch: @escaping @Sendable () async throws -> Catalog?) {
        task = Task(operation: fetch)
    }

    /// Counts one more who waits.
    /// - Returns: whether there is something to wait for.
    func join() -> Bool {
        waiting.withLock { waiting in
            waiting = waiting.map { $0 + 1 }
            return waiting != nil
        }
    }

    /// The result, for one who has been counted.
    func value() async throws -> Catalog? {
        try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            leave()
        }
    }

    private func leave() {
        let isGivenUp = waiting.withLock { waiting in
            waiting = waiting.flatMap { $0 > 1 ? $0 - 1 : nil }
            return waiting == nil
        }
        if isGivenUp { task.cancel() }
    }
}
