/// The time limit of a transaction that does not belong to a request, including the wait for its turn.
///
/// A task-local value, like `AuditOrigin`, because few callers set it and the functions in between need not pass it on.
package enum TransactionTimeLimit {
    /// `nil`: the engine's own limits apply.
    @TaskLocal package static var current: Duration?
}
