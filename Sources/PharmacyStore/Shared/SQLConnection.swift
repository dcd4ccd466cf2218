package import PharmacyDomain

/// One connection, for the extent of one transaction: the whole seam between what is kept and the engine that keeps it.
///
/// Calls block, so they are made on the engine's own threads only. A connection is never passed out of the closure that
/// received it.
package protocol SQLConnection: AnyObject {
    /// Runs a statement and returns how many rows it changed.
    @discardableResult
    func run(_ sql: SQL, _ binds: [SQLValue]) throws -> Int

    /// Runs a statement whose outcome nobody asks for: it may go out with the next one that somebody asks for, or with the
    /// commit. One that fails fails the transaction.
    func send(_ sql: SQL, _ binds: [SQLValue]) throws

    /// Runs a statement and visits each of its rows.
    func forEachRow(of sql: SQL, _ binds: [SQLValue], _ visit: (any SQLRow) throws -> Void) throws

    /// Rings the bell when, and only when, the transaction has been committed.
    func ring(_ bell: StoreBell)

    /// Changes process memory when, and only when, the transaction has certainly been committed: what a rolled back
    /// transaction has written must not stay in a cache. Runs before the transaction's caller goes on.
    func afterCommit(_ effect: @escaping @Sendable () -> Void)

    /// Makes process memory forget something at the end of the transaction, also when it is rolled back or when it is not
    /// known whether it was committed. Only for what may be forgotten at any time.
    func afterTransaction(_ effect: @escaping @Sendable () -> Void)

    /// Adds lines to the audit log behind all else that the transaction does: the log's end, for which all writers wait, is
    /// held for no longer than the commit takes.
    func audit(_ events: [AuditEvent])
}

extension SQLConnection {
    /// Runs a statement and reads each of its rows.
    package func rows<Value>(
        _ sql: SQL, _ binds: [SQLValue], _ read: (any SQLRow) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        try forEachRow(of: sql, binds) { values.append(try read($0)) }
        return values
    }

    /// The first row of a statement, or `nil` when it has none.
    package func row<Value>(_ sql: SQL, _ binds: [SQLValue], _ read: (any SQLRow) throws -> Value) throws -> Value? {
        var first: Value?
        try forEachRow(of: sql, binds) { row in
            if first == nil { first = try read(row) }
        }
        return first
    }

    /// The moment that a statement selects, such as the earliest of a column; `nil` when there is none.
    func moment(_ sql: SQL, _ binds: [SQLValue] = []) throws -> Timestamp? {
        try row(sql, binds) { try $0.optionalTimestamp(0) } ?? nil
    }
}

/// The current row of a running statement; columns count from 0. Reading a column that is not of the type asked for
/// throws `StoreError.broken`.
package protocol SQLRow {
    func isNull(_ column: Int) -> Bool
    func integer(_ column: Int) throws -> Int64
    func text(_ column: Int) throws -> String
    func blob(_ column: Int) throws -> [UInt8]
}

extension SQLRow {
    package func optionalInteger(_ column: Int) throws -> Int64? { isNull(column) ? nil : try integer(column) }
    package func optionalText(_ column: Int) throws -> String? { isNull(column) ? nil : try text(column) }
    func timestamp(_ column: Int) throws -> Timestamp { Timestamp(milliseconds: try integer(column)) }
    func optionalTimestamp(_ column: Int) throws -> Timestamp? {
        try optionalInteger(column).map(Timestamp.init(milliseconds:))
    }
    package func optionalBlob(_ column: Int) throws -> [UInt8]? { isNull(column) ? nil : try blob(column) }
}

/// What a committed transaction may have left to do for a background service.
package enum StoreBell: String, Hashable, CaseIterable, Sendable {
    case dispatch
    /// An order is to be asked about again at once.
    case reconciliation
    case deliveries
    case simulation
    /// A tenant is to be erased.
    case erasures
    /// A tenant was made, changed, wiped or removed.
    case tenants
    /// A credential or a token was revoked.
    case revocations
    /// The database has begun a new epoch: memory may be ahead of it.
    case incarnation
}

/// Writes the audit lines of a transaction.
package typealias AuditKeeping = @Sendable ([AuditEvent], any SQLConnection) throws -> Void

/// Where data is kept: SQLite, or PostgreSQL.
package protocol SQLEngine: Sendable {
    /// Runs a closure that only reads, on one snapshot of the data.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value

    /// The same for one tenant, whose places the read takes while it waits.
    func read<Value: Sendable>(
        for tenant: TenantID, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value

    /// Runs a closure in one durable transaction: when this returns, its effects survive any crash; when it throws,
    /// there are none, unless it throws `StoreError.outcomeUnknown`. Where the engine had to break a transaction off for the sake of another, the closure runs again.
    func write<Value: Sendable>(
        _ scope: WriteScope, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value

    /// What is to be done with the audit lines of a transaction before its commit.
    func keepAuditLines(_ keep: @escaping AuditKeeping)

    /// How a connection that writes confirms, in its first transaction, that the database is the one it was.
    func confirmIncarnation(_ confirm: @escaping IncarnationConfirming)

    /// Whether this process alone serves the database, so that claims found at the start are left from a crash.
    var isExclusive: Bool { get }

    /// Builds indexes without holding up those who write, as far as the engine can; outside a transaction. One that an
    /// earlier try has left unfinished is built again.
    /// - Parameter statements: `CREATE INDEX CONCURRENTLY IF NOT EXISTS name ON …` each.
    func buildIndexes(_ statements: [SQL]) async throws

    /// Brings what was written into the database file and empties the write-ahead file, where the engine leaves that to the
    /// program: nothing that was erased is left in it afterwards. Holds up writers for no longer than
    /// `StoreLimits.checkpointPatience` at a time.
    /// - Returns: whether it is empty; not so while a read or another process still needs it.
    @discardableResult
    func checkpoint() async throws -> Bool

    /// What to watch.
    func vitals() async throws -> StoreVitals

    /// Has an engine note how those of its connections fare that carry no transaction of a caller.
    func note(in outcomes: StoreOutcomes)

    /// Removes keys that were deleted from the database's own files, as far as the engine can.
    /// - Returns: whether it is done; not so while a read or another process still needs them.
    @discardableResult
    func scrubDeletedKeys() async throws -> Bool

    /// Finishes what was accepted and closes all connections.
    func close() async
}

/// What tells how a database fares.
package struct StoreVitals: Hashable, Sendable {
    /// Bytes of the write-ahead file; `nil` where the engine looks after its own.
    package let logBytes: Int64?
    /// How long the oldest transaction has been open, as far as it can be seen; `nil` where none is. While it is, nothing that
    /// was written since can be cleaned up.
    package let oldestTransaction: Duration?

    package init(logBytes: Int64? = nil, oldestTransaction: Duration? = nil) {
        self.logBytes = logBytes
        self.oldestTransaction = oldestTransaction
    }
}

extension SQLEngine {
    package func read<Value: Sendable>(
        for tenant: TenantID, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await read(body)
    }

    package func buildIndexes(_ statements: [SQL]) async throws {
        try await write { db in
            for statement in statements { try db.run(statement, []) }
        }
    }

    @discardableResult
    package func checkpoint() async throws -> Bool { true }

    @discardableResult
    package func scrubDeletedKeys() async throws -> Bool { try await checkpoint() }

    package func vitals() async throws -> StoreVitals { StoreVitals() }

    package func note(in outcomes: StoreOutcomes) {}
}

extension SQLEngine {
    /// Runs a closure in one durable transaction beside which nothing else runs.
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await write(.everything, body)
    }
}
