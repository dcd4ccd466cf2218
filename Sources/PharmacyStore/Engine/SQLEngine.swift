package import PharmacyDomain

/// A database engine: SQLite or PostgreSQL.
package protocol SQLEngine: Sendable {
    /// Runs a closure that only reads, on one snapshot of the data.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value

    /// The same for one tenant, in whose lane the read waits.
    func read<Value: Sendable>(
        for tenant: TenantID, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value

    /// The same for a closure that reads a few rows by their keys, which takes some microseconds; or throws `LongRead` where it
    /// finds that it would take longer (`SQLConnection.isOnCallersThread`).
    func readRecord<Value: Sendable>(
        for tenant: TenantID, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value

    /// Runs a closure in one durable transaction: when this returns, its effects survive any crash; when it throws, there are
    /// none, unless it throws `StoreError.outcomeUnknown`. The closure runs again where the engine ended its transaction in
    /// favor of another.
    func write<Value: Sendable>(
        _ scope: WriteScope, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value

    /// Sets the function that appends a transaction's audit events to the log before its commit.
    func appendAuditEvents(_ append: @escaping AppendAuditEvents)

    /// Sets the function that checks, in the first transaction of each writing connection, whether the database is still the same.
    func checkOrigin(_ check: @escaping OriginCheck)

    /// Whether this process alone serves the database, so that claims found at the start are left from a crash.
    var isExclusive: Bool { get }

    /// Builds indexes outside a transaction, concurrently with writers as far as the engine can. An index that an earlier
    /// attempt has left unfinished is built again.
    /// - Parameter statements: `CREATE INDEX CONCURRENTLY IF NOT EXISTS name ON …` each.
    func buildIndexes(_ statements: [SQL]) async throws

    /// Writes the write-ahead file into the database file and empties it, where the engine leaves that to the program. Afterwards
    /// it contains nothing that was erased. Delays writers for `StoreLimits.checkpointBusyTimeout` at a time at the most.
    /// - Returns: whether it is empty. It is not while a read or another process still needs it.
    @discardableResult
    func checkpoint() async throws -> Bool

    func vitals() async throws -> StoreVitals

    /// Records in `outcomes` the successes and failures of connections that run no caller's transaction.
    func note(in outcomes: StoreOutcomes)

    /// Removes deleted keys from the database's own files, as far as the engine can.
    /// - Returns: whether it is done. It is not while a read or another process still needs them.
    @discardableResult
    func scrubDeletedKeys() async throws -> Bool

    /// Finishes the accepted transactions and closes all connections.
    func close() async
}

extension SQLEngine {
    package func read<Value: Sendable>(
        for tenant: TenantID, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await read(body)
    }

    package func readRecord<Value: Sendable>(
        for tenant: TenantID, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await read(for: tenant, body)
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
    /// Runs a closure in one durable transaction, with no other transaction running concurrently.
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await write(.everything, body)
    }
}
