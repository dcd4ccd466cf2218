package import PharmacyDomain
package import PharmacyStore
internal import Synchronization

/// What every verb works with: the store, the time, and chance.
package struct ServiceEnvironment: Sendable {
    package let store: Store
    package let time: any TimeSource
    package let entropy: Entropy
    /// Lines of the audit log that wait to be written.
    let trail: AuditTrail
    /// Idempotency keys of requests under way on this node.
    private let underWay = KeysUnderWay()

    package init(store: Store, time: any TimeSource, entropy: Entropy) {
        self.store = store
        self.time = time
        self.entropy = entropy
        trail = AuditTrail(store: store)
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
        } catch let error as StoreError {
            switch error {
            case .unavailable, .overloaded, .closed:
                throw ServiceError.storageUnavailable(retryAfter: ServiceLimits.storageRetryAfter)
            case .noSuchTenant: throw ServiceError.notFound
            default: throw error
            }
        }
    }

    /// Runs a request that may be repeated, unless the first with its key is still under way.
    func exclusively<Value: Sendable>(
        _ request: IdempotencyRequest?, tenant: Tenant, _ work: () async throws -> Value
    ) async throws -> Value {
        guard let request else { return try await work() }
        let name = "\(tenant.id) \(request.name)"
        guard underWay.begin(name) else { throw ServiceError.idempotencyInProgress }
        defer { underWay.end(name) }
        return try await work()
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
    /// Whether an outcome, of this body or another, is kept for a request.
    func hasOutcome(_ request: IdempotencyRequest?, at now: Timestamp) throws -> Bool {
        guard let request else { return false }
        return try recordedOutcome(key: request.name, body: request.body, at: now) != .none
    }

    /// Makes an effect once for all requests with the same idempotency key, and keeps its outcome in the same
    /// transaction.
    func once<Value: Sendable>(
        _ request: IdempotencyRequest?, at now: Timestamp, encode: (Value) -> JSON, decode: (JSON) -> Value?,
        effect: () throws -> Value
    ) throws -> Replayable<Value> {
        guard let request else { return Replayable(try effect()) }
        switch try recordedOutcome(key: request.name, body: request.body, at: now) {
        case .otherBody: throw ServiceError.idempotencyKeyReused
        case .same(let bytes):
            guard let value = decode(try StoredJSON.parse(bytes)) else {
                throw StoreError.broken("a kept outcome cannot be read")
            }
            return Replayable(value, isReplay: true)
        case .none:
            let value = try effect()
            try recordOutcome(
                encode(value).bytes, key: request.name, body: request.body, at: now,
                keptFor: ServiceLimits.idempotencyKept)
            return Replayable(value)
        }
    }
}

/// Every bound of the services in one place.
package enum ServiceLimits {
    /// How long an outcome is kept for its idempotency key (contract).
    package static let idempotencyKept = Duration.hours(24)
    /// What a client is told to wait when the store is out of reach.
    package static let storageRetryAfter = Duration.seconds(1)
    /// What a client is told to wait when the pharmacy's system is out of reach.
    package static let pharmacyRetryAfter = Duration.seconds(30)
    /// How long a verified token is believed without asking the store; revocations by other processes take effect
    /// within it.
    package static let verificationKept = Duration.milliseconds(900)
    /// Verified tokens, and tenants, kept in memory.
    package static let cacheEntries = 10_000
    /// `last_used_at` of a credential is written at most this often.
    package static let touchInterval = Duration.seconds(60)
    /// Clients whose request rate is kept in memory.
    package static let rateLimitEntries = 100_000
    /// Orders handed to the pharmacy at a time.
    package static let dispatchBatch = 32
    /// How long a claimed order is nobody else's.
    package static let dispatchLease = Duration.seconds(60)
    /// The longest wait between two tries to hand an order over.
    package static let dispatchBackoffLimit = Duration.minutes(1)
    /// How long an order that cannot be handed over is tried.
    package static let dispatchAge = Duration.hours(24)
    /// Orders asked about at a time, and how long one that was claimed for it is nobody else's.
    package static let reconciliationBatch = 16
    package static let reconciliationLease = Duration.seconds(120)
    /// Connecting to the pharmacy's system, and a whole call to it with all its tries.
    package static let pharmacyConnectTimeout = Duration.seconds(2)
    package static let pharmacyTimeout = Duration.seconds(10)
    /// Tries of one call that may be repeated, and the wait before the second; each further one doubles it.
    package static let pharmacyTries = 3
    package static let pharmacyBackoff = Duration.milliseconds(200)
    /// Bytes of one answer of the pharmacy's system.
    package static let pharmacyAnswerBytes = 4 << 20
    /// Pharmacies, products of one catalogue, pages it comes in, and reports on one order.
    package static let pharmaciesCount = 1_000
    package static let catalogueProducts = 20_000
    package static let cataloguePages = 200
    package static let orderReports = 100
    /// A catalogue that was used within the first span is fetched anew at the age of the second, looked for so often:
    /// before it is too old, with time for a call that must be repeated.
    package static let catalogueUse = Duration.seconds(60)
    package static let catalogueRefreshAge = Duration.seconds(40)
    package static let catalogueRefreshInterval = Duration.seconds(5)
    /// Encoded medication ids kept in memory: some 200 bytes each.
    package static let medicationIDs = 100_000
    /// Characters of a text in a catalogue, and of a pharmacy's reason.
    package static let catalogueText = 255
    package static let pharmacyReason = 255
    /// Failures in a row after which the pharmacy's system is not asked, and for how long.
    package static let circuitFailures = 5
    package static let circuitCoolDown = Duration.seconds(10)
    /// Bytes of a report that the pharmacy's system sends, and how far its time may be from ours.
    package static let pharmacyEventBytes = 65_536
    package static let pharmacyEventWindow = Duration.minutes(5)
    /// Failed deliveries made due again in one transaction.
    package static let recoveryBatch = 100
    /// Deliveries claimed at a time.
    package static let deliveryBatch = 64
    /// Deliveries under way at once, and to one URL at once.
    package static let deliveriesUnderWay = 256
    package static let deliveriesUnderWayPerEndpoint = 8
    /// How long a claimed delivery is nobody else's: longer than an attempt may take.
    package static let deliveryLease = Duration.seconds(30)
    /// Simulated prescriptions advanced at a time.
    package static let simulationBatch = 64
    /// The longest a background service waits without looking at the store: work that another process left is found.
    package static let longestWait = Duration.seconds(30)
    /// How long a service waits after the store has failed it.
    package static let failureWait = Duration.seconds(1)
    /// Between two looks at the age of the keys that sign access tokens; less than `SigningKeyPolicy.overlap`.
    package static let signingKeyInterval = Duration.seconds(60)
    /// Records sealed anew in one transaction: some milliseconds, so that requests hardly wait behind it.
    package static let resealBatch = 100
    /// Between two removals of what has run out.
    package static let pruneInterval = Duration.seconds(60)
    /// How long a line of the audit log may wait to be durable.
    package static let auditWindow = Duration.milliseconds(250)
    /// Lines of the audit log that may wait: at 100 ids each some 4 MB.
    package static let waitingAuditEvents = 1_000
    /// Lines of the audit log that run out and are removed at a time.
    package static let auditPruneBatch = 1_000
    /// How long lines of the audit log are kept: six years, as HIPAA asks (45 CFR 164.316(b)(2)).
    package static let auditRetention = Duration.days(2_190)
    /// Characters of an idempotency key.
    package static let idempotencyKeyLength = 1...255
}
