internal import NIOCore
internal import NIOPosix
internal import PharmacyDomain
internal import Synchronization

/// Bounds work in real time, whatever clock it is dated by: it limits what another system can hold.
///
/// The timer is an event loop's: a task that sleeps beside the work costs several times as much.
enum Deadline {
    private final class Timer: Sendable {
        private let isOver = Atomic(false)

        var hasRung: Bool { isOver.load(ordering: .acquiring) }

        func notify() { isOver.store(true, ordering: .releasing) }
    }

    /// Runs `work` and cancels it when its time is up.
    /// - Throws: what `work` throws, or `timedOut`.
    static func within<Value: Sendable>(
        _ limit: Duration, or timedOut: any Error, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        // Something to cancel from the event loop; it is waited for below, and cancelled with its caller.
        let task = Task { try await work() }
        let timer = Timer()
        let alarm = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: .milliseconds(limit.milliseconds)) {
            timer.notify()
            task.cancel()
        }
        defer { alarm.cancel() }
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch {
            throw timer.hasRung ? timedOut : error
        }
    }
}
