import PharmacyStore
import Synchronization
import Testing

@Suite("A signal", .timeLimit(.minutes(1)))
struct AsyncSignalTests {
    /// Sends a value as soon as a number of tasks wait: they are all in `wait`, or will be when the value is stored.
    private func received<Value: Sendable>(
        by count: Int, from signal: AsyncSignal<Value>, after send: @Sendable () async -> Void
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: Value.self) { group in
            for _ in 0..<count { group.addTask { try await signal.wait() } }
            await send()
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test("is remembered until one task receives it")
    func untilReceived() async throws {
        let signal = AsyncSignal<Int>(.untilReceived)
        signal.send(1)
        signal.send(2)
        #expect(signal.isSet)
        #expect(try await signal.wait() == 2)
        #expect(!signal.isSet)
    }

    @Test("that is remembered for ever reaches every task, with its first value")
    func forever() async throws {
        let signal = AsyncSignal<Int>(.forever)
        let values = try await received(by: 20, from: signal) { signal.send(1) }
        #expect(values == [Int](repeating: 1, count: 20))
        #expect(!signal.send(2))
        #expect(try await signal.wait() == 1)
        #expect(signal.isSet)
    }

    @Test("resumes every task that waits")
    func allWaiters() async throws {
        let signal = AsyncSignal<Void>(.untilReceived)
        let waiting = WaiterCount()
        let values = try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    waiting.add()
                    try await signal.wait()
                }
            }
            await waiting.reach(10)
            var resumed = 0
            // A task may have been counted and not wait yet: the next signal reaches it.
            while resumed < 10 {
                signal.send()
                try await group.next()
                resumed += 1
            }
            return resumed
        }
        #expect(values == 10)
    }

    @Test("ends the wait of a task that is cancelled, and of no other")
    func cancellation() async throws {
        let signal = AsyncSignal<Int>(.untilReceived)
        let (cancelled, other) = (Task { try await signal.wait() }, Task { try await signal.wait() })
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        signal.send(1)
        #expect(try await other.value == 1)
    }

    @Test("ends the wait of a task that was cancelled before it began to wait")
    func cancelledBefore() async {
        let signal = AsyncSignal<Int>(.untilReceived)
        let task = Task {
            // The task is cancelled here for certain: `wait` has not begun.
            withUnsafeCurrentTask { $0?.cancel() }
            return try await signal.wait()
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        signal.send(1)
        #expect(signal.isSet)
    }

    @Test("reaches a cancelled task when it is remembered already")
    func rememberedForCancelled() async throws {
        let signal = AsyncSignal<Int>(.untilReceived)
        signal.send(1)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await signal.wait()
        }
        #expect(try await task.value == 1)
    }

    @Test("resumes each task once while sends and cancellations race")
    func races() async {
        for _ in 0..<200 {
            let signal = AsyncSignal<Int>(.forever)
            let tasks = (0..<4).map { _ in Task { try? await signal.wait() } }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { signal.send(1) }
                for task in tasks.prefix(2) { group.addTask { task.cancel() } }
            }
            for task in tasks.dropFirst(2) { #expect(await task.value == 1) }
            for task in tasks.prefix(2) { #expect([1, nil].contains(await task.value)) }
        }
    }
}

/// Counts tasks that have reached a point.
private final class WaiterCount: Sendable {
    private let count = Atomic(0)

    func add() { count.add(1, ordering: .relaxed) }

    func reach(_ number: Int) async {
        while count.load(ordering: .relaxed) < number { await Task.yield() }
    }
}
