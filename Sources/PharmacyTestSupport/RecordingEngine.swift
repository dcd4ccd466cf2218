internal import PharmacyDomain
package import PharmacyStore

/// An engine that records the statements of another engine.
package final class RecordingEngine: SQLEngine {
    private let engine: any SQLEngine
    private let log: StatementLog

    package init(_ engine: any SQLEngine, log: StatementLog) {
        self.engine = engine
        self.log = log
    }

    package var isExclusive: Bool { engine.isExclusive }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await engine.read { [log] in try body(RecordingConnection(connection: $0, log: log)) }
    }

    package func write<Value: Sendable>(
        _ scope: WriteScope, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await engine.write(scope) { [log] in try body(RecordingConnection(connection: $0, log: log)) }
    }

    package func appendAuditEvents(_ append: @escaping AppendAuditEvents) { engine.appendAuditEvents(append) }

    package func buildIndexes(_ statements: [SQL]) async throws { try await engine.buildIndexes(statements) }

    @discardableResult
    package func checkpoint() async throws -> Bool { try await engine.checkpoint() }

    package func vitals() async throws -> StoreVitals { try await engine.vitals() }

    @discardableResult
    package func scrubDeletedKeys() async throws -> Bool { try await engine.scrubDeletedKeys() }

    package func checkOrigin(_ check: @escaping OriginCheck) { engine.checkOrigin(check) }

    package func note(in outcomes: StoreOutcomes) { engine.note(in: outcomes) }

    package func close() async { await engine.close() }
}

private final class RecordingConnection: SQLConnection {
    private let connection: any SQLConnection
    private let log: StatementLog

    init(connection: any SQLConnection, log: StatementLog) {
        self.connection = connection
        self.log = log
    }

    func run(_ sql: SQL, _ binds: [SQLValue]) throws -> Int {
        log.note(sql, binds)
        return try connection.run(sql, binds)
    }

    func send(_ sql: SQL, _ binds: [SQLValue]) throws {
        log.note(sql, binds)
        try connection.send(sql, binds)
    }

    func forEachRow(of sql: SQL, _ binds: [SQLValue], _ visit: (any SQLRow) throws -> Void) throws {
        log.note(sql, binds)
        try connection.forEachRow(of: sql, binds, visit)
    }

    func notify(_ channel: StoreChannel) { connection.notify(channel) }

    func note(_ change: TenantChange, of tenant: TenantID) { connection.note(change, of: tenant) }

    func afterCommit(_ effect: @escaping @Sendable () -> Void) { connection.afterCommit(effect) }

    func afterTransaction(_ effect: @escaping @Sendable () -> Void) { connection.afterTransaction(effect) }

    func audit(_ events: [AuditEvent]) { connection.audit(events) }
}
