/// How long a transaction may take, its wait for its turn included, where it is not a request's.
///
/// Bound around the call, as who is at work is (`AuditOrigin`): few calls need it, and none of those between hands it on.
package enum TransactionTimeLimit {
    /// `nil`: the engine's own limits hold.
    @TaskLocal package static var current: Duration?
}
