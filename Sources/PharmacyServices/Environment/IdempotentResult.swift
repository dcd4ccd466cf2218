/// The result of a request that may have been made before with the same idempotency key.
package struct IdempotentResult<Value: Sendable>: Sendable {
    package let value: Value
    package let isReplay: Bool

    package init(_ value: Value, isReplay: Bool = false) {
        self.value = value
        self.isReplay = isReplay
    }
}
