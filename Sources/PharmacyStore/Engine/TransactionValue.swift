/// Carries the value of a transaction from the engine's thread to its caller. So the queues and writers need not be generic,
/// which would cost several microseconds for each transaction.
///
/// `@unchecked Sendable` holds because only one transaction writes the value, before it resumes its caller, and the caller reads
/// it only after that. A caller that was resumed with a failure never reads it, whatever is written later.
final class TransactionValue<Value: Sendable>: @unchecked Sendable {
    private var value: Value?

    func set(_ value: Value) { self.value = value }

    func get() throws -> Value {
        guard let value else { throw StoreError.broken("a transaction has ended without its value") }
        return value
    }
}

/// The work of a transaction, without the type of its value.
typealias TransactionBody = @Sendable (any SQLConnection) throws -> Void
