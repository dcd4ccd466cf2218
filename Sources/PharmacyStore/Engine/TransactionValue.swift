/// Carries the value of a transaction from the engine's thread to its caller, so that what queues, commits and bounds it
/// need not be generic, which costs several microseconds for each.
///
/// `@unchecked Sendable` holds because one transaction at a time writes it, before it resumes its caller, and the caller
/// reads it only after that: one that was told of a failure never does, whatever is written later.
final class TransactionValue<Value: Sendable>: @unchecked Sendable {
    private var value: Value?

    func set(_ value: Value) { self.value = value }

    func get() throws -> Value {
        guard let value else { throw StoreError.broken("a transaction has ended without its value") }
        return value
    }
}

/// What a transaction does, without the type of its value.
typealias TransactionBody = @Sendable (any SQLConnection) throws -> Void
