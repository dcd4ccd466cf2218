package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import Synchronization

/// What every verb works with: the store, the time, and chance.
package final class ServiceEnvironment: Sendable {
    package let store: Store
    package let time: any ServerClock
    package let entropy: Entropy
    /// Lines of the audit log that wait to be written.
    let trail: AuditTrail
    /// Items that background work fails on.
    package let quarantine: Quarantine
    /// Failures of the store, for all who meet them.
    package let outages: OutageLog
    /// Failures of other work.
    let failures: FailureLog
    /// Idempotency keys of requests under way on this node.
    private let underWay = KeysUnderWay()

    package init(
        store: Store, time: any ServerClock, entropy: Entropy, logger: Logger = Logger(label: "united-pharmacy")
    ) {
        self.store = store
        self.time = time
        self.entropy = entropy
        trail = AuditTrail(store: store)
        failures = FailureLog(time: time, logger: logger)
        quarantine = Quarantine(store: store, time: time, failures: failures, logger: logger)
        outages = OutageLog(time: time, logger: logger)
        store.report(to: outages)
    }

    package var now: Timestamp { time.now() }

    func read<Value: Sendable>(
        _ tenant: Tenant, _ body: @escaping @Sendable (TenantScope) throws -> Value
    ) async throws -> Value {
        try await ServiceEnvironment.translating { try await store.read(tenant.id, body) }
    }

    func write<Value: Sendable>(
        _ tenant: Tenant, _ body: @escaping @Sendable (TenantScope) throws -> Value
    ) async throws -> Value {
        try await ServiceEnvironment.translating { try await store.write(tenant.id, body) }
    }

    /// The store's errors as callers may know them; what is broken stays what it is, for the log.
    static func translating<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch {
            throw ServiceError(storage: error) ?? error
        }
    }

    /// Runs a request that may be repeated, unless the first with its key is still under way.
    func withIdempotencyLock<Value: Sendable>(
        _ request: IdempotencyRequest?, tenant: Tenant, _ work: () async throws -> Value
    ) async throws -> Value {
        guard let request else { return try await work() }
        let name = "\(tenant.id) \(request.name)"
        guard underWay.begin(name) else { throw ServiceError.idempotencyInProgress }
        defer { underWay.end(name) }
        return try await work()
    }
}

extension ServiceEnvironment {
    /// The recorded outcome of an earlier request with the same idempotency key; `nil` where there is none, or no key.
    ///
    /// For verbs whose work depends on others, such as a pharmacy that may be down: what was accepted is answered the same
    /// whatever has become of them. To be looked up before that work, within `withIdempotencyLock`; `TenantScope.once` looks again,
    /// as another node may have been faster.
    func replay<Value: Sendable>(
        of request: IdempotencyRequest?, tenant: Tenant, decode: @escaping @Sendable (JSON) -> Value?
    ) async throws -> IdempotentResult<Value>? {
        guard let request else { return nil }
        let now = now
        return try await read(tenant) { try $0.replay(of: request, at: now, decode: decode) }
    }
}

private final class KeysUnderWay: Sendable {
    private let names = Mutex<Set<String>>([])

    func begin(_ name: String) -> Bool { names.withLock { $0.insert(name).inserted } }
    func end(_ name: String) { names.withLock { _ = $0.remove(name) } }
}

extension IdempotencyRequest {
    /// The same key on another operation is another name.
    var name: String { "\(operation) \(key)" }
}

extension TenantScope {
    /// Makes an effect once for all requests with the same idempotency key, and keeps its outcome in the same
    /// transaction.
    func executeOnce<Value: Sendable>(
        _ request: IdempotencyRequest?, at now: Timestamp, encode: (Value) -> JSON, decode: (JSON) -> Value?,
        effect: () throws -> Value
    ) throws -> IdempotentResult<Value> {
        guard let request else { return IdempotentResult(try effect()) }
        if let replay = try replay(of: request, at: now, decode: decode) { return replay }
        let value = try effect()
        try recordOutcome(
            encode(value).bytes, key: request.name, body: request.body, at: now, keptFor: ServiceLimits.idempotencyKept)
        return IdempotentResult(value)
    }

    /// The recorded outcome of an earlier request with the same idempotency key; `nil` where there is none.
    /// - Throws: `ServiceError.idempotencyKeyReused` where that request had another body.
    func replay<Value: Sendable>(
        of request: IdempotencyRequest, at now: Timestamp, decode: (JSON) -> Value?
    ) throws -> IdempotentResult<Value>? {
        switch try recordedOutcome(key: request.name, body: request.body, at: now) {
        case .none: return nil
        case .otherBody: throw ServiceError.idempotencyKeyReused
        case .same(let bytes):
            guard let value = decode(try StoredJSON.parse(bytes)) else {
                throw StoreError.broken("a kept outcome cannot be read")
            }
            return IdempotentResult(value, isReplay: true)
        }
    }
}
