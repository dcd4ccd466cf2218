package import Logging
package import PharmacyDomain
package import PharmacyStore
internal import Synchronization

/// What every verb works with: the store, the clock, randomness, and the reports of failures.
package final class ServiceEnvironment: Sendable {
    package let store: Store
    package let time: any ServerClock
    package let entropy: Entropy
    /// Audit events that wait to be written.
    package let auditBuffer: AuditBuffer
    /// Records that background work cannot process.
    package let quarantine: Quarantine
    /// Reports failures of the store.
    package let outages: OutageLog
    /// Reports failures of other work.
    let failures: FailureLog
    /// Names of the idempotent requests in progress on this node.
    private let inProgress = Mutex<Set<String>>([])

    package init(
        store: Store, time: any ServerClock, entropy: Entropy, logger: Logger = Logger(label: "united-pharmacy")
    ) {
        self.store = store
        self.time = time
        self.entropy = entropy
        failures = FailureLog(time: time, logger: logger)
        auditBuffer = AuditBuffer(store: store, time: time, failures: failures)
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

    /// The same for a closure that reads a few rows by their keys.
    func readRecord<Value: Sendable>(
        _ tenant: Tenant, _ body: @escaping @Sendable (TenantScope) throws -> Value
    ) async throws -> Value {
        try await ServiceEnvironment.translating { try await store.readRecord(tenant.id, body) }
    }

    func write<Value: Sendable>(
        _ tenant: Tenant, _ body: @escaping @Sendable (TenantScope) throws -> Value
    ) async throws -> Value {
        try await ServiceEnvironment.translating { try await store.write(tenant.id, body) }
    }

    /// Translates temporary failures of the store for callers. Other errors are rethrown, for the log.
    static func translating<Value: Sendable>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch {
            throw ServiceError(storage: error) ?? error
        }
    }

    /// Runs an idempotent request, unless another request with its key is in progress on this node.
    /// - Throws: `ServiceError.idempotencyInProgress`.
    func withIdempotencyLock<Value: Sendable>(
        _ request: IdempotencyRequest?, tenant: Tenant, _ work: () async throws -> Value
    ) async throws -> Value {
        guard let request else { return try await work() }
        let name: Set = [lockName(of: request, tenant: tenant)]
        guard !lock(name).isEmpty else { throw ServiceError.idempotencyInProgress }
        defer { unlock(name) }
        return try await work()
    }

    func lockName(of request: IdempotencyRequest, tenant: Tenant) -> String { "\(tenant.id) \(request.name)" }

    /// Marks requests as in progress.
    /// - Returns: those that were not.
    func lock(_ names: Set<String>) -> Set<String> {
        inProgress.withLock { inProgress in
            let taken = names.subtracting(inProgress)
            inProgress.formUnion(taken)
            return taken
        }
    }

    func unlock(_ names: Set<String>) { inProgress.withLock { $0.subtract(names) } }
}

extension ServiceEnvironment {
    /// The recorded outcome of an earlier request with the same idempotency key; `nil` where there is none, or no key.
    ///
    /// For verbs whose work depends on other systems, such as a pharmacy that may be down: the response to an accepted request
    /// stays the same whatever their state is now. To be called before that work, within `withIdempotencyLock`.
    /// `executeOnce(in:)` looks again, because another node may have been faster.
    func replay<Value: Sendable>(
        of request: IdempotencyRequest?, tenant: Tenant, decode: @escaping @Sendable (JSON) -> Value?
    ) async throws -> IdempotentResult<Value>? {
        guard let request else { return nil }
        let now = now
        return try await readRecord(tenant) { try request.replay(in: $0, at: now, decode: decode) }
    }
}
