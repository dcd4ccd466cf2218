/// Finishes work whatever becomes of the request that asked for it: work that has told another system something, and has
/// yet to write down that it has, or that takes several transactions.
func uncancelled<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
    // A task of its own is not cancelled with its caller, which waits for it.
    try await Task(operation: work).value
}
