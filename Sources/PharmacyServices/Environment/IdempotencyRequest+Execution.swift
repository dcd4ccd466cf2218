internal import PharmacyDomain
internal import PharmacyStore

extension IdempotencyRequest? {
    /// Runs an effect once for all requests with the same idempotency key, and records its outcome in the same transaction.
    /// Without a key the effect runs each time.
    /// - Returns: the recorded outcome where an earlier request had the key.
    /// - Throws: `ServiceError.idempotencyKeyReused` where that request had another body.
    func executeOnce<Value: Sendable>(
        in scope: TenantScope, at now: Timestamp, encode: (Value) -> JSON, decode: (JSON) -> Value?,
        effect: () throws -> Value
    ) throws -> IdempotentResult<Value> {
        guard let self else { return IdempotentResult(try effect()) }
        if let replay = try self.replay(in: scope, at: now, decode: decode) { return replay }
        let value = try effect()
        try scope.recordOutcome(
            encode(value).bytes, key: self.name, body: self.body, at: now,
            retainedFor: ServiceLimits.idempotencyRetention)
        return IdempotentResult(value)
    }
}

extension IdempotencyRequest {
    /// The operation and the key: the same key on another operation is another name.
    var name: String { "\(operation) \(key)" }

    /// The recorded outcome of an earlier request with the same idempotency key; `nil` where there is none.
    /// - Throws: `ServiceError.idempotencyKeyReused` where that request had another body.
    func replay<Value: Sendable>(
        in scope: TenantScope, at now: Timestamp, decode: (JSON) -> Value?
    ) throws -> IdempotentResult<Value>? {
        switch try scope.recordedOutcome(key: name, body: body, at: now) {
        case .none: return nil
        case .otherBody: throw ServiceError.idempotencyKeyReused
        case .same(let bytes):
            guard let value = decode(try StoredJSON.parse(bytes)) else {
                throw StoreError.broken("a recorded outcome cannot be read")
            }
            return IdempotentResult(value, isReplay: true)
        }
    }
}
