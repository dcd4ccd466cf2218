internal import PharmacyDomain
internal import Synchronization

/// A fetch of a catalog for which several requests wait. It is canceled when none of them waits any more.
final class SharedFetch: Sendable {
    private let task: Task<RenderedCatalog?, any Error>
    /// How many requests wait; `nil` once the fetch was canceled.
    private let waiting = Mutex<Int?>(1)

    /// Starts a fetch for which the caller waits.
    init(_ fetch: @escaping @Sendable () async throws -> RenderedCatalog?) {
        task = Task(operation: fetch)
    }

    /// Adds a request that waits.
    /// - Returns: `false` where the fetch was canceled.
    func join() -> Bool {
        waiting.withLock { waiting in
            waiting = waiting.map { $0 + 1 }
            return waiting != nil
        }
    }

    /// The result, for a request that has joined.
    func value() async throws -> RenderedCatalog? {
        try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            removeWaiter()
        }
    }

    private func removeWaiter() {
        let isUnused = waiting.withLock { waiting in
            waiting = waiting.flatMap { $0 > 1 ? $0 - 1 : nil }
            return waiting == nil
        }
        if isUnused { task.cancel() }
    }
}
