/// Finishes work even when its request is cancelled: work that has notified another system and must still record that, or that
/// consists of several transactions.
func uncancelled<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
    // An unstructured task is not cancelled with its caller, which awaits it.
    try await Task(operation: work).value
}
