/// Bounds work in real time, whatever clock it is dated by: it limits what another system can hold.
enum Deadline {
    /// Runs `work` and cancels it when its time is up.
    /// - Throws: what `work` throws, or `timedOut`.
    static func within<Value: Sendable>(
        _ limit: Duration, or timedOut: any Error, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw timedOut
            }
            defer { group.cancelAll() }
            // There are two of them, and the first to end decides.
            guard let value = try await group.next() else { throw timedOut }
            return value
        }
    }
}
