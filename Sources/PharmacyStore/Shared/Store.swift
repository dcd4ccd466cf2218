package import PharmacyDomain

/// All that is kept. Reached through a tenant, or through `system` for what belongs to none.
package struct Store: Sendable {
    private let engine: any SQLEngine
    let keyring: Keyring
    let emailIndexes = EmailIndexes()
    let auditChain: AuditChain

    /// Opens a database: brings it to the newest version and checks that the master key fits.
    package init(engine: any SQLEngine, masterKey: MasterKeySource, now: Timestamp) async throws {
        let keyring = Keyring(source: masterKey)
        try await Migrations.apply(to: engine)
        let chain = try await engine.write { db in
            try keyring.begin(at: now.milliseconds, in: db)
            return try Store.auditChain(keyring, at: now, in: db)
        }
        engine.keepAuditLines { events, db in try AuditLedger(db: db, chain: chain).append(events) }
        auditChain = chain
        self.engine = engine
        self.keyring = keyring
    }

    /// The chain of the audit log, begun with a key of its own where the database has none yet.
    private static func auditChain(
        _ keyring: Keyring, at now: Timestamp, in db: any SQLConnection
    ) throws -> AuditChain {
        if let key = try keyring.bytes(.installation, name: "audit", in: db) { return AuditChain(key: key) }
        let isNew = try db.row("SELECT COUNT(*) FROM audit_head", []) { try $0.integer(0) } == 0
        guard isNew else { throw StoreError.broken("the audit log's key is missing") }
        var generator = SystemRandomNumberGenerator()
        let key = (0..<SealingKey.length).map { _ in UInt8.random(in: 0...255, using: &generator) }
        _ = try keyring.create(.installation, name: "audit", bytes: key, at: now.milliseconds, in: db)
        let chain = AuditChain(key: key)
        try AuditLedger(db: db, chain: chain).begin()
        return chain
    }

    package var isExclusive: Bool { engine.isExclusive }

    /// Runs a closure that only reads one tenant's data.
    package func read<Value: Sendable>(
        _ tenant: TenantID, _ body: @escaping @Sendable (TenantScope) throws -> Value
    ) async throws -> Value {
        let origin = AuditOrigin.current
        return try await engine.read { [self] db in try body(try scope(of: tenant, in: db, origin: origin)) }
    }

    /// Runs a closure on one tenant's data in one durable transaction.
    package func write<Value: Sendable>(
        _ tenant: TenantID, _ body: @escaping @Sendable (TenantScope) throws -> Value
    ) async throws -> Value {
        let origin = AuditOrigin.current
        return try await engine.write(.tenant(tenant)) { [self] db in
            try body(try scope(of: tenant, in: db, origin: origin, isChanging: true))
        }
    }

    package func systemRead<Value: Sendable>(
        _ body: @escaping @Sendable (SystemScope) throws -> Value
    ) async throws -> Value {
        let origin = AuditOrigin.current
        return try await engine.read { [self] db in try body(SystemScope(db: db, store: self, origin: origin)) }
    }

    /// Runs a closure in one durable transaction.
    /// - Parameter scope: what it may change.
    package func systemWrite<Value: Sendable>(
        _ scope: WriteScope = .everything, _ body: @escaping @Sendable (SystemScope) throws -> Value
    ) async throws -> Value {
        let origin = AuditOrigin.current
        return try await engine.write(scope) { [self] db in try body(SystemScope(db: db, store: self, origin: origin)) }
    }

    /// Forgets what is in memory of tenants that another node has wiped or removed.
    package func forgetRemovedKeys() async throws {
        try await engine.read { [self] db in
            emailIndexes.forgetAll(exceptUnder: try keyring.forgetRemoved(in: db))
        }
    }

    /// The numbers of the keys that are open in memory.
    package var keysInMemory: Set<Int64> { keyring.openedIDs }

    /// The tenants whose patients' addresses are in memory.
    package var indexedTenants: Set<TenantID> { emailIndexes.tenants }

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
        let columns: SQL = "SELECT id, data_key, previous_data_key, clear_identifiers"
        let row = try db.row(
            (isChanging ? columns + "," + TenantScope.newestChangeColumns : columns)
                + (wiping ? Store.evenWiping : Store.visible),
            [.text(tenant.description)]
        ) { row in
            (
                id: try row.integer(0), key: try row.integer(1), previous: try row.optionalInteger(2),
                hasClearIdentifiers: try row.integer(3) == 1,
                newest: isChanging ? try TenantScope.readNewestChange(row, from: 4) : nil
            )
        }
        guard let row else { throw StoreError.noSuchTenant }
        return TenantScope(
            db: db, store: self, tenantID: tenant, tenant: row.id, key: try keyring.key(row.key, in: db),
            previousKey: try row.previous.map { try keyring.key($0, in: db) },
            hasClearIdentifiers: row.hasClearIdentifiers, changes: ChangeClock(newest: row.newest), origin: origin)
    }
}

extension Store {
    fileprivate static let evenWiping: SQL = "FROM tenants WHERE uuid = $1 AND erasing_at IS NULL"
    fileprivate static let visible = evenWiping + "AND wiping_at IS NULL"
}

/// One tenant's data, for the extent of a transaction. Every statement made through it names the tenant.
package struct TenantScope {
    package let db: any SQLConnection
    let store: Store
    package let tenantID: TenantID
    /// The tenant's row.
    let tenant: Int64
    let key: SealingKey
    /// The key before it, while not everything is sealed anew.
    let previousKey: SealingKey?
    /// Whether rows of an earlier version may have identifiers in clear.
    let hasClearIdentifiers: Bool
    let changes: ChangeClock
    /// Who is at work, for the audit log.
    let origin: AuditOrigin

    /// What needs no tenant's key, in the same transaction.
    var system: SystemScope { SystemScope(db: db, store: store, origin: origin) }

    /// The scope with the tenant's present data key, after a wipe.
    package func renewed() throws -> TenantScope { try store.scope(of: tenantID, in: db, origin: origin) }

    var tenantValue: SQLValue { .integer(tenant) }

    /// Where a sealed record belongs: it opens nowhere else.
    func place(_ kind: StaticString, _ id: String) -> String { "\(tenantID)/\(kind)/\(id)" }

    func seal(_ bytes: [UInt8], _ kind: StaticString, _ id: String) throws -> [UInt8] {
        try key.seal(bytes, as: place(kind, id))
    }

    func open(_ sealed: [UInt8], _ kind: StaticString, _ id: String) throws -> [UInt8] {
        let number = try SealingKey.keyNumber(of: sealed)
        let key = number == key.number ? key : try store.keyring.key(number, in: db)
        return try key.open(sealed, as: place(kind, id))
    }

    /// The digest that is kept of a value now.
    func digest(_ text: String, _ kind: StaticString) -> [UInt8] {
        key.digest(Array(text.utf8), as: "\(kind)")
    }

    /// The digest that may have been kept of a value before the data key was replaced; today's, where it was not.
    func previousDigest(_ text: String, _ kind: StaticString) -> [UInt8] {
        (previousKey ?? key).digest(Array(text.utf8), as: "\(kind)")
    }
}

/// What belongs to no tenant, and work that runs across all of them.
package struct SystemScope {
    package let db: any SQLConnection
    let store: Store
    /// Who is at work, for the audit log.
    let origin: AuditOrigin

    /// The scope of one tenant in the same transaction.
    package func tenant(_ id: TenantID) throws -> TenantScope { try store.scope(of: id, in: db, origin: origin) }
}
