package import PharmacyDomain

/// The database of an installation. Data of a tenant is reached through a `TenantScope`, all other data through a
/// `SystemScope`.
///
/// This file composes the rooms of the store: it uses them, and none of them uses it.
package final class Store: Sendable {
    private let engine: any SQLEngine
    let memory: StoreMemory
    private let outcomes = StoreOutcomes()
    /// The epoch of the database since it was opened.
    package let openedEpoch: Epoch
    /// Whether opening began the epoch because the database was restored, copied or promoted.
    package let hasBegunEpoch: Bool

    /// The engine's name and version, such as `SQLite 3.40.1`.
    package let product: String
    /// The newest migration that was applied to the database, counted from 1.
    package let schemaStep: Int
    /// Whether the database had no tables before it was opened.
    package let isNew: Bool

    /// Opens a database: migrates it to the newest version, checks that the master key fits, and begins a new epoch where the
    /// database was restored, copied or promoted.
    /// - Parameters:
    ///   - renderings: how stored resources are rendered for the API.
    ///   - clock: returns the time for epochs that begin later, when a connection is made again; without it that time is `now`.
    ///   - seen: how far the database had come when this machine last looked; `nil` where that is not known.
    /// - Throws: `StoreError`.
    package init(
        engine: any SQLEngine, masterKey: MasterKeySource, renderings: Renderings = .documents, now: Timestamp,
        clock: (@Sendable () -> Timestamp)? = nil, seen: IncarnationMark? = nil
    ) async throws {
        isNew = try await Migrations.apply(to: engine) == 0
        (product, schemaStep) = try await engine.read { db in
            (try DatabaseInspection.product(of: db), try Migrations.version(of: db))
        }
        memory = try await Store.makeMemory(
            engine, masterKey, renderings, now: now, clock: clock ?? { now }, seen: seen)
        engine.appendAuditEvents { [memory] events, db in
            try StoredAuditChain(db: db, keys: memory.auditKeys, appended: memory.appendedAuditEntries).append(events)
        }
        let before = try await engine.read { try IncarnationRow(db: $0).current() }
        engine.checkOrigin { [memory] origin, db in try memory.incarnations.confirm(origin, in: db) }
        // The first write of every connection checks the origin, so this write does nothing else. It runs alone, because
        // several nodes may open a new database at the same time.
        let opened = try await engine.write { try Incarnation.current(in: $0) }
        openedEpoch = opened.epoch
        hasBegunEpoch = opened.epoch != before?.epoch && !opened.isFirst
        self.engine = engine
        engine.note(in: outcomes)
    }

    private static func makeMemory(
        _ engine: any SQLEngine, _ masterKey: MasterKeySource, _ renderings: Renderings, now: Timestamp,
        clock: @escaping @Sendable () -> Timestamp, seen: IncarnationMark?
    ) async throws -> StoreMemory {
        let keyring = Keyring(source: masterKey)
        let (auditKeys, proofs) = try await engine.write { db in
            try keyring.begin(at: now.milliseconds, in: db)
            return (
                try Store.auditKeys(keyring, at: now, in: db), try GrantConversion.proofs(keyring, at: now, in: db)
            )
        }
        let proofKeys = GrantProofKeys(keyring, proofs)
        return StoreMemory(
            keyring: keyring, auditKeys: auditKeys, appendedAuditEntries: AppendedAuditEntries(), proofs: proofKeys,
            incarnations: Incarnations(keys: auditKeys, proofs: proofKeys, mark: seen, now: clock),
            renderings: renderings, isExclusive: engine.isExclusive)
    }

    /// The keys of the audit chain. A new database gets a key of its own and the beginning of the chain.
    private static func auditKeys(
        _ keyring: Keyring, at now: Timestamp, in db: any SQLConnection
    ) throws -> AuditChainKeys {
        if try AuditChainKeys.exist(keyring, in: db) { return try AuditChainKeys(keyring, in: db) }
        let isNew = try db.row("SELECT COUNT(*) FROM audit_head", []) { try $0.integer(0) } == 0
        guard isNew else { throw StoreError.broken("the audit log's key is missing") }
        let key = SystemRandomness.bytes(SealingKey.length)
        try AuditChainKeys.begin(keyring, bytes: key, at: now, in: db)
        let keys = try AuditChainKeys(keyring, in: db)
        try StoredAuditChain(db: db, keys: keys).begin()
        return keys
    }

    package func close() async {
        await engine.close()
    }

    // MARK: Transactions

    /// Runs a closure that only reads one tenant's data.
    package func read<Value: Sendable>(
        _ tenant: TenantID, _ body: @escaping @Sendable (TenantScope) throws -> Value
    ) async throws -> Value {
        let origin = AuditOrigin.current
        return try await outcomes.noting(.read) {
            try await engine.read(for: tenant) { [memory] db in
                try body(try memory.scope(of: tenant, in: db, origin: origin))
            }
        }
    }

    /// The same for a closure that reads a few rows by their keys, or throws `LongRead` where it would read more.
    package func readRecord<Value: Sendable>(
        _ tenant: TenantID, _ body: @escaping @Sendable (TenantScope) throws -> Value
    ) async throws -> Value {
        let origin = AuditOrigin.current
        return try await outcomes.noting(.read) {
            try await engine.readRecord(for: tenant) { [memory] db in
                try body(try memory.scope(of: tenant, in: db, origin: origin))
            }
        }
    }

    /// Runs a closure on one tenant's data in one durable transaction.
    package func write<Value: Sendable>(
        _ tenant: TenantID, _ body: @escaping @Sendable (TenantScope) throws -> Value
    ) async throws -> Value {
        let origin = AuditOrigin.current
        return try await outcomes.noting(.write) {
            try await engine.write(.tenant(tenant)) { [memory] db in
                try body(try memory.scope(of: tenant, in: db, origin: origin, isChanging: true))
            }
        }
    }

    package func systemRead<Value: Sendable>(
        _ body: @escaping @Sendable (SystemScope) throws -> Value
    ) async throws -> Value {
        let origin = AuditOrigin.current
        return try await outcomes.noting(.read) {
            try await engine.read { [memory] db in try body(SystemScope(db: db, memory: memory, origin: origin)) }
        }
    }

    /// Runs a closure in one durable transaction.
    /// - Parameter scope: what it may change.
    package func systemWrite<Value: Sendable>(
        _ scope: WriteScope = .everything, _ body: @escaping @Sendable (SystemScope) throws -> Value
    ) async throws -> Value {
        let origin = AuditOrigin.current
        return try await outcomes.noting(.write) {
            try await engine.write(scope) { [memory] db in
                try body(SystemScope(db: db, memory: memory, origin: origin))
            }
        }
    }

    // MARK: Operation

    /// Whether this process alone serves the database, so that claims found at the start are left from a crash.
    package var isExclusive: Bool { memory.isExclusive }

    /// Reports the store's failures to an observer from now on.
    package func report(to observer: any StoreObserver) { outcomes.report(to: observer) }

    /// Empties the write-ahead file, so that it no longer contains what was erased.
    /// - Returns: whether it is empty. It is not while a read or another process still needs it.
    @discardableResult
    package func checkpoint() async throws -> Bool {
        try await outcomes.noting(.write) { try await engine.checkpoint() }
    }

    /// Removes keys that were deleted from the database's own files.
    /// - Returns: whether it is done. It is not while a read or another process still needs the files.
    func scrubDeletedKeys() async throws -> Bool {
        try await outcomes.noting(.write) { try await engine.scrubDeletedKeys() }
    }

    package func vitals() async throws -> StoreVitals {
        try await outcomes.noting(.read) { try await engine.vitals() }
    }

    /// The time of a database server's clock, as a span since 1970; `nil` for an engine in this process, which has no clock
    /// of its own.
    package func clockReading() async throws -> Duration? {
        if isExclusive { return nil }
        return try await engine.read { db in
            try db.row("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)", []) {
                .microseconds(try $0.integer(0))
            }
        }
    }
}
