package import PharmacyDomain

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

/// An outcome, and whether it is the one of an earlier request with the same idempotency key.
package struct Replayable<Value: Sendable>: Sendable {
    package let value: Value
    package let isReplay: Bool

    package init(_ value: Value, isReplay: Bool = false) {
        self.value = value
        self.isReplay = isReplay
    }
}

/// A JSON document as it is kept: the bytes that the API sends.
package struct Document: Hashable, Sendable, Redacted {
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    package init(_ json: JSON) {
        self.bytes = json.bytes
    }
}

extension Document {
    /// The document's `uuid`, which is the first member of every document that has one.
    package var uuid: String? {
        let start = Array("{\"uuid\":\"".utf8)
        if bytes.starts(with: start), bytes.count > start.count + 36 {
            return String(decoding: bytes[start.count..<(start.count + 36)], as: UTF8.self)
        }
        return (try? JSON.parse(bytes))?["uuid"]?.text
    }
}
