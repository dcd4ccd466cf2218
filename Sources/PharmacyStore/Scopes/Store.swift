package import PharmacyDomain

/// All that is kept. Reached through a tenant, or through `system` for what belongs to none.
///
/// A class, as everything that works with it holds it: a copy of its parts for each would cost every request.
package final class Store: Sendable {
    private let engine: any SQLEngine
    let keyring: Keyring
    let emailIndexes = EmailIndexes()
    let erasures = PendingErasures()
    let auditKeys: AuditChainKeys
    let proofs: GrantProofKeys
    /// Rows that grant something, that were found and are not ours.
    package let unproven = UnprovenGrants()
    let auditMemory = AuditMemory()
    let incarnations: Incarnations
    private let outcomes = StoreOutcomes()
    /// The epoch that the database is in since it was opened.
    package let openedEpoch: Epoch
    /// Whether it was begun because the database is another than it was: restored, copied or promoted.
    package let hasBegunEpoch: Bool

    /// The engine's name and version, such as `SQLite 3.40.1`.
    package let product: String
    /// The step of the schema that the database has come to.
    package let schemaStep: Int
    /// Whether the database had no tables before it was opened.
    package let isNew: Bool

    /// Opens a database: brings it to the newest version, checks that the master key fits, and begins a new epoch where the
    /// database is another than it was.
    /// - Parameters:
    ///   - clock: tells when an epoch begins that is noticed later, as a connection is made again; it stands still at `now`
    ///     unless it is given.
    ///   - seen: how far the database had come when this machine last looked, as far as that is known.
    package init(
        engine: any SQLEngine, masterKey: MasterKeySource, now: Timestamp, clock: (@Sendable () -> Timestamp)? = nil,
        seen: IncarnationMark? = nil
    ) async throws {
        let keyring = Keyring(source: masterKey)
        isNew = try await Migrations.apply(to: engine) == 0
        (product, schemaStep) = try await engine.read { db in
            (try DatabaseInspection.product(of: db), try Migrations.version(of: db))
        }
        let (auditKeys, proofs) = try await engine.write { db in
            try keyring.begin(at: now.milliseconds, in: db)
            return (
                try Store.auditKeys(keyring, at: now, in: db), try GrantConversion.proofs(keyring, at: now, in: db)
            )
        }
        engine.keepAuditLines { [auditMemory] events, db in
            try AuditLedger(db: db, keys: auditKeys, memory: auditMemory).append(events)
        }
        let proofKeys = GrantProofKeys(keyring, proofs)
        let incarnations = Incarnations(keys: auditKeys, proofs: proofKeys, mark: seen, now: clock ?? { now })
        let before = try await engine.read { try IncarnationLedger(db: $0).current() }
        engine.confirmIncarnation { origin, db in try incarnations.confirm(origin, in: db) }
        // The first write of every connection confirms the epoch: this one's does no more. Nothing runs concurrently with it,
        // as several nodes may open a new database.
        let opened = try await engine.write { try Incarnation.current(in: $0) }
        openedEpoch = opened.epoch
        hasBegunEpoch = opened.epoch != before?.epoch && !opened.isFirst
        self.incarnations = incarnations
        self.auditKeys = auditKeys
        self.proofs = proofKeys
        self.engine = engine
        self.keyring = keyring
        engine.note(in: outcomes)
    }

    /// The chain of the audit log, begun with a key of its own where the database has none yet.
    private static func auditKeys(
        _ keyring: Keyring, at now: Timestamp, in db: any SQLConnection
    ) throws -> AuditChainKeys {
        if try AuditChainKeys.exist(keyring, in: db) { return try AuditChainKeys(keyring, in: db) }
        let isNew = try db.row("SELECT COUNT(*) FROM audit_head", []) { try $0.integer(0) } == 0
        guard isNew else { throw StoreError.broken("the audit log's key is missing") }
        var generator = SystemRandomNumberGenerator()
        let key = (0..<SealingKey.length).map { _ in UInt8.random(in: 0...255, using: &generator) }
        try AuditChainKeys.begin(keyring, bytes: key, at: now, in: db)
        let keys = try AuditChainKeys(keyring, in: db)
        try AuditLedger(db: db, keys: keys).begin()
        return keys
    }

    package var isExclusive: Bool { engine.isExclusive }

    /// Has an observer hear of the store's failures from now on.
    package func report(to observer: any StoreObserver) { outcomes.report(to: observer) }

    /// Runs a closure that only reads one tenant's data.
    package func read<Value: Sendable>(
        _ tenant: TenantID, _ body: @escaping @Sendable (TenantScope) throws -> Value
    ) async throws -> Value {
        let origin = AuditOrigin.current
        return try await outcomes.noting(.read) {
            try await engine.read(for: tenant) { [self] db in
                try body(try scope(of: tenant, in: db, origin: origin))
            }
        }
    }

    /// Runs a closure on one tenant's data in one durable transaction.
    package func write<Value: Sendable>(
        _ tenant: TenantID, _ body: @escaping @Sendable (TenantScope) throws -> Value
    ) async throws -> Value {
        let origin = AuditOrigin.current
        return try await outcomes.noting(.write) {
            try await engine.write(.tenant(tenant)) { [self] db in
                try body(try scope(of: tenant, in: db, origin: origin, isChanging: true))
            }
        }
    }

    package func systemRead<Value: Sendable>(
        _ body: @escaping @Sendable (SystemScope) throws -> Value
    ) async throws -> Value {
        let origin = AuditOrigin.current
        return try await outcomes.noting(.read) {
            try await engine.read { [self] db in try body(SystemScope(db: db, store: self, origin: origin)) }
        }
    }

    /// Runs a closure in one durable transaction.
    /// - Parameter scope: what it may change.
    package func systemWrite<Value: Sendable>(
        _ scope: WriteScope = .everything, _ body: @escaping @Sendable (SystemScope) throws -> Value
    ) async throws -> Value {
        let origin = AuditOrigin.current
        return try await outcomes.noting(.write) {
            try await engine.write(scope) { [self] db in try body(SystemScope(db: db, store: self, origin: origin)) }
        }
    }

    /// Forgets what is in memory of tenants that another node has wiped or removed.
    package func forgetRemovedKeys() async throws {
        try await outcomes.noting(.read) {
            try await engine.read { [self] db in
                emailIndexes.forgetAll(exceptUnder: try keyring.forgetRemoved(in: db))
            }
        }
    }

    /// The numbers of the keys that are open in memory.
    package var keysInMemory: Set<Int64> { keyring.openedIDs }

    /// The tenants whose patients' addresses are in memory.
    package var indexedTenants: Set<TenantID> { emailIndexes.tenants }

    /// Empties the write-ahead file, so that nothing is left in it of what was erased.
    /// - Returns: whether it is empty; not so while a read or another process still needs it.
    @discardableResult
    package func checkpoint() async throws -> Bool {
        try await outcomes.noting(.write) { try await engine.checkpoint() }
    }

    /// What to watch of the database.
    package func vitals() async throws -> StoreVitals {
        try await outcomes.noting(.read) { try await engine.vitals() }
    }

    /// Whether a transaction of this process has erased something that the database's own files may still hold.
    package var hasPendingErasure: Bool { erasures.isPending }

    /// Removes what was erased from the database's own files: from the write-ahead file of SQLite, and from the table of
    /// keys in PostgreSQL.
    /// - Returns: whether it is done; where a long read stands in the way it must be tried again.
    @discardableResult
    package func finishErasure() async throws -> Bool {
        erasures.begin()
        do {
            let isDone = try await outcomes.noting(.write) { try await engine.scrubDeletedKeys() }
            if !isDone { erasures.note() }
            return isDone
        } catch {
            erasures.note()
            throw error
        }
    }

    /// What the database's own clock says, as a span since 1970; `nil` where it is in this process and has none
    /// of its own.
    package func clockReading() async throws -> Duration? {
        if engine.isExclusive { return nil }
        return try await engine.read { db in
            try db.row("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)", []) {
                .microseconds(try $0.integer(0))
            }
        }
    }

    package func close() async {
        await engine.close()
    }

    /// - Parameters:
    ///   - isChanging: reads the time of the newest change in the same statement, for `TenantScope.stamp`.
    ///   - wiping: also a sandbox that is being wiped.
    func scope(
        of tenant: TenantID, in db: any SQLConnection, origin: AuditOrigin, isChanging: Bool = false,
        wiping: Bool = false
    ) throws -> TenantScope {
        let indexTime = emailIndexes.time
        let next = TenantGrant.proofColumn + 1
        let statement =
            switch (isChanging, wiping) {
            case (false, false): Store.tenantRow
            case (true, false): Store.changingTenantRow
            case (false, true): Store.wipingTenantRow
            case (true, true): Store.changingWipingTenantRow
            }
        let found = try db.row(statement, [.text(tenant.description)]) { row in
            (
                grant: try TenantGrant(row), proof: try row.optionalBlob(TenantGrant.proofColumn),
                hasClearIdentifiers: try row.integer(next) == 1,
                newest: isChanging ? try TenantScope.readNewestChange(row, from: next + 1) : nil
            )
        }
        guard let found else { throw StoreError.noSuchTenant }
        guard try isProven(tenant: found.grant, by: found.proof, in: db),
            let kind = Tenant.Kind(rawValue: found.grant.kind)
        else { throw StoreError.alteredTenant }
        return TenantScope(
            db: db, store: self, tenantID: tenant, tenant: found.grant.row, kind: kind,
            key: try keyring.key(found.grant.dataKey, in: db),
            previousKey: try found.grant.previousDataKey.map { try keyring.key($0, in: db) },
            hasClearIdentifiers: found.hasClearIdentifiers, changes: ChangeClock(newest: found.newest), origin: origin,
            indexTime: indexTime)
    }
}

extension Store {
    // Every transaction of a tenant begins with one of these: they are put together once.
    static let tenantRow = tenantColumns + unerased + unwiped
    static let changingTenantRow = changingTenantColumns + unerased + unwiped
    static let wipingTenantRow = tenantColumns + unerased
    static let changingWipingTenantRow = changingTenantColumns + unerased

    private static let tenantColumns = TenantGrant.columns + ", clear_identifiers"
    private static let changingTenantColumns = tenantColumns + "," + TenantScope.newestChangeColumns
    private static let unerased: SQL = "FROM tenants WHERE uuid = $1 AND erasing_at IS NULL"
    private static let unwiped: SQL = "AND wiping_at IS NULL"
}
