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

    /// Binds the key to a client, for requests whose body need not identify the client.
    func bound(to client: ClientID) -> IdempotencyRequest {
        IdempotencyRequest(key: key, operation: "\(operation) \(client)", body: body)
    }
}
