package import PharmacyDomain

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
