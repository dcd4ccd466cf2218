package import PharmacyDomain

/// The result of a request that may have been made before with the same idempotency key.
package struct IdempotentResult<Value: Sendable>: Sendable {
    package let value: Value
    package let isReplay: Bool
    /// The bytes that the store has just rendered of the resource; `nil` if it has stored none now, as for a replay.
    package let representation: Representation?

    package init(_ value: Value, isReplay: Bool = false, representation: Representation? = nil) {
        self.value = value
        self.isReplay = isReplay
        self.representation = representation
    }

    /// The same result with the bytes that the store has rendered.
    func with(_ representation: Representation?) -> IdempotentResult {
        IdempotentResult(value, isReplay: isReplay, representation: representation)
    }
}
