internal import NIOCore
internal import NIOPosix
internal import PharmacyDomain
internal import Synchronization

/// Limits work in real time, independently of the clock that dates it: a limit for how long another system can block it.
///
/// The timer is an event loop's, because a concurrent task that sleeps would cost several times as much.
enum Deadline {
    private final class Timer: Sendable {
        private let isOver = Atomic(false)

        var hasFired: Bool { isOver.load(ordering: .acquiring) }

        func fire() { isOver.store(true, ordering: .releasing) }
    }

    /// Runs `work`, and cancels it after a limit.
    /// - Throws: the error of `work`, or `timedOut`.
    static func within<Value: Sendable>(
        _ limit: Duration, or timedOut: any Error, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        // A task, so that the event loop can cancel it. It is awaited below, and is cancelled with its caller.
        let task = Task { try await work() }
        let timer = Timer()
        let timeout = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: .milliseconds(limit.milliseconds)) {
            timer.fire()
            task.cancel()
        }
        defer { timeout.cancel() }
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch {
            throw timer.hasFired ? timedOut : error
        }
    }
}
