internal import Synchronization

/// How long a request has waited for the store so far. Its transactions share one time limit: with a limit for each, they could
/// make the client wait for a multiple of it.
package final class StoreWaitingTime: Sendable {
    /// `nil`: each transaction has a limit of its own.
    @TaskLocal package static var current: StoreWaitingTime?

    private let waited: Mutex<Duration>

    /// - Parameter waited: how long the request has waited before.
    package init(waited: Duration = .zero) {
        self.waited = Mutex(waited)
    }

    /// The rest of a limit.
    static func rest(of limit: Duration) -> Duration {
        guard let current else { return limit }
        return max(.zero, limit - current.waited.withLock(\.self))
    }

    /// Runs work that waits for the store, and adds its time.
    static func counting<Value>(_ work: () async throws -> Value) async rethrows -> Value {
        guard let current else { return try await work() }
        let start = ContinuousClock.now
        defer { current.waited.withLock { $0 += start.duration(to: .now) } }
        return try await work()
    }
}
