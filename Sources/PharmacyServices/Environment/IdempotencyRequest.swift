internal import PharmacyDomain

/// A request that its sender may repeat without repeating its effect (the `Idempotency-Key` header).
package struct IdempotencyRequest: Hashable, Sendable, Redacted {
    /// 1 to 255 visible ASCII characters, unquoted.
    package let key: String
    /// The method and the path below the tenant, such as `POST orders`: the same key on another path is another key.
    package let operation: String
    /// The body as it came, byte for byte.
    package let body: [UInt8]

    package init(key: String, operation: String, body: [UInt8]) {
        self.key = key
        self.operation = operation
        self.body = body
    }

    /// The same key of another client is another key: for requests whose body need not tell who sends them.
    func bound(to client: ClientID) -> IdempotencyRequest {
        IdempotencyRequest(key: key, operation: "\(operation) \(client)", body: body)
    }
}
