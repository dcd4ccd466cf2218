internal import PharmacyDomain

/// A request that its client may repeat without repeating its effect (the `Idempotency-Key` header).
package struct IdempotencyRequest: Hashable, Sendable, Redacted {
    /// 1 to 255 visible ASCII characters, unquoted.
    package let key: String
    /// The method and the path below the tenant, such as `POST orders`: the same key on another path is another key.
    package let operation: String
    /// The exact bytes of the body.
    package let body: [UInt8]

    package init(key: String, operation: String, body: [UInt8]) {
        self.key = key
        self.operation = operation
        self.body = body
    }

    /// Binds the key to a thing, such as a client, for requests whose operation and body need not identify it.
    func bound<Thing>(to id: Identifier<Thing>) -> IdempotencyRequest {
        IdempotencyRequest(key: key, operation: "\(operation) \(id)", body: body)
    }
}
