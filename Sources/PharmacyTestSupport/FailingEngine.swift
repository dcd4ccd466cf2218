internal import PharmacyDomain
package import PharmacyStore
internal import Synchronization

/// An engine whose writes can be made to fail at a chosen point, like with a full disk or a lost connection.
package final class FailingEngine: SQLEngine {
    /// Where a write fails.
    package enum Point: Hashable, Sendable {
        /// At the n-th statement from now, counted from 0 over all writes.
        case statement(Int)
        /// At the n-th commit from now: every statement has succeeded.
        case commit(Int)
    }

    fileprivate struct State {
        var point: Point?
        var statements = 0
        var commits = 0
        var hasFired = false

        /// Counts a statement.
        /// - Returns: whether it is to fail.
        mutating func isFailingStatement() -> Bool {
            defer { statements += 1 }
            guard point == .statement(statements) else { return false }
            hasFired = true
            return true
        }

        mutating func isFailingCommit() -> Bool {
            defer { commits += 1 }
            guard point == .commit(commits) else { return false }
            hasFired = true
            return true
        }
    }

    private let engine: any SQLEngine
    private let state = Mutex(State())
    /// The error of all transactions of a kind.
    private let outage = Mutex<[StoreAccess: StoreError]>([:])
    private let counts = Mutex<[StoreAccess: Int]>([:])

    package init(_ engine: any SQLEngine) {
        self.engine = engine
    }

    /// Creates the tables with which a commit can be made to fail: a row without its parent fails at the commit.
    package func prepare() async throws {
        try await engine.write { db in
            try db.run("CREATE TABLE IF NOT EXISTS fault_parents (id INTEGER PRIMARY KEY, x INTEGER) STRICT", [])
            try db.run(
                """
                CREATE TABLE IF NOT EXISTS faults (
                    id INTEGER PRIMARY KEY, parent INTEGER NOT NULL
                        REFERENCES fault_parents (id) DEFERRABLE INITIALLY DEFERRED
                ) STRICT
                """, [])
        }
    }

    /// Makes the next write that reaches the point fail, once.
    package func fail(at point: Point) { state.withLock { $0 = State(point: point) } }

    /// Makes every transaction of some kinds fail before it begins, until the next call.
    /// - Parameter error: `nil`: no transaction fails any more.
    package func failAll(_ accesses: [StoreAccess] = StoreAccess.allCases, with error: StoreError?) {
        outage.withLock { outage in
            outage = [:]
            for access in accesses { outage[access] = error }
        }
    }

    /// The number of transactions of a kind that were requested.
    package func count(of access: StoreAccess) -> Int { counts.withLock { $0[access, default: 0] } }

    private func check(_ access: StoreAccess) throws {
        counts.withLock { $0[access, default: 0] += 1 }
        if let error = outage.withLock({ $0[access] }) { throw error }
    }

    /// Stops all failures.
    /// - Returns: whether the point was reached.
    package func stopFailing() -> Bool {
        state.withLock { state in
            defer { state = State() }
            return state.hasFired
        }
    }

    package var isExclusive: Bool { engine.isExclusive }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try check(.read)
        return try await engine.read(body)
    }

    package func write<Value: Sendable>(
        _ scope: WriteScope, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try check(.write)
        return try await engine.write(scope) { [self] db in
            let value = try body(FailingConnection(connection: db, engine: self))
            if state.withLock({ $0.isFailingCommit() }) {
                try db.send("INSERT INTO faults (id, parent) VALUES (1, 1)", [])
            }
            return value
        }
    }

    package func appendAuditEvents(_ append: @escaping AppendAuditEvents) {
        engine.appendAuditEvents { [self] events, db in
            try append(events, FailingConnection(connection: db, engine: self))
        }
    }

    package func buildIndexes(_ statements: [SQL]) async throws { try await engine.buildIndexes(statements) }

    @discardableResult
    package func checkpoint() async throws -> Bool { try await engine.checkpoint() }

    package func vitals() async throws -> StoreVitals { try await engine.vitals() }

    @discardableResult
    package func scrubDeletedKeys() async throws -> Bool { try await engine.scrubDeletedKeys() }

    package func checkOrigin(_ check: @escaping OriginCheck) {
        engine.checkOrigin { [self] origin, db in
            try check(origin, FailingConnection(connection: db, engine: self))
        }
    }

    package func note(in outcomes: StoreOutcomes) { engine.note(in: outcomes) }

    package func close() async { await engine.close() }

    fileprivate func countStatement() throws {
        if state.withLock({ $0.isFailingStatement() }) { throw StoreError.unavailable("the test lets it fail") }
    }
}

private final class FailingConnection: SQLConnection {
    private let connection: any SQLConnection
    private let engine: FailingEngine

    init(connection: any SQLConnection, engine: FailingEngine) {
        self.connection = connection
        self.engine = engine
    }

    func run(_ sql: SQL, _ binds: [SQLValue]) throws -> Int {
        try engine.countStatement()
        return try connection.run(sql, binds)
    }

    func send(_ sql: SQL, _ binds: [SQLValue]) throws {
        try engine.countStatement()
        try connection.send(sql, binds)
    }

    func forEachRow(of sql: SQL, _ binds: [SQLValue], _ visit: (any SQLRow) throws -> Void) throws {
        try engine.countStatement()
        try connection.forEachRow(of: sql, binds, visit)
    }

    func notify(_ channel: StoreChannel) { connection.notify(channel) }

    func note(_ change: TenantChange, of tenant: TenantID) { connection.note(change, of: tenant) }

    func afterCommit(_ effect: @escaping @Sendable () -> Void) { connection.afterCommit(effect) }

    func afterTransaction(_ effect: @escaping @Sendable () -> Void) { connection.afterTransaction(effect) }

    func audit(_ events: [AuditEvent]) { connection.audit(events) }
}
