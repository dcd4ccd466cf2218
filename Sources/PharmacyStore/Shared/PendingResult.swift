internal import Synchronization

/// A caller that waits for the end of its work, and is told one: the first. What comes later comes to nobody.
final class PendingResult: Sendable {
    private let waiting: Mutex<CheckedContinuation<Void, any Error>?>

    init(_ continuation: CheckedContinuation<Void, any Error>) {
        waiting = Mutex(continuation)
    }

    func resume(with result: Result<Void, any Error>) {
        let continuation = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        continuation?.resume(with: result)
    }

    func fail(_ error: any Error) { resume(with: .failure(error)) }
}

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
