#if PostgreSQL
internal import CLibPQ
internal import Glibc
internal import PharmacyDomain

/// One connection to a PostgreSQL server with its prepared statements. Used by one thread at a time; its calls block.
///
/// A connection that was lost is made anew when the next transaction begins, not more often than a server that is
/// down bears.
final class PostgreSQLConnection: TransactionalConnection {
    private let url: String
    private(set) var handle: OpaquePointer?
    private var statements: [SQL: String] = [:]
    private var bells: Set<StoreBell> = []
    /// When a lost connection may be made anew, and how long it is waited after the next failure.
    private var retryAt: ContinuousClock.Instant?
    private var retryDelay = StoreLimits.reconnectDelay

    /// Held by the one transaction that writes; any number that no other program uses on the same database.
    private static let writeLock = "BEGIN; SELECT pg_advisory_xact_lock(5570193308531903821)"

    /// - Parameter url: `postgres://…` or a list of libpq's keywords (PostgreSQL documentation, Connection Strings).
    init(url: String) throws {
        self.url = url
        try connect()
    }

    private func connect() throws {
        disconnect()
        // What stands in the URL comes last and wins.
        let parameters = [
            ("connect_timeout", "\(StoreLimits.connectTimeout.components.seconds)"),
            // What has gone without a word is noticed within half a minute.
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "\(StoreLimits.statementTimeout.milliseconds)"),
            ("application_name", "united-pharmacy"), ("dbname", url), ("client_encoding", "UTF8"),
        ]
        let opened = PostgreSQLConnection.withStrings(parameters.map(\.0)) { keywords in
            PostgreSQLConnection.withStrings(parameters.map(\.1)) { PQconnectdbParams(keywords, $0, 1) }
        }
        guard let opened, PQstatus(opened) == CONNECTION_OK else {
            PQfinish(opened)
            // libpq's words name the host and perhaps the user.
            throw StoreError.unavailable("the database server cannot be reached")
        }
        handle = opened
        PQsetNoticeProcessor(opened, { _, _ in }, nil)
        try execute(
            """
            SET statement_timeout = \(StoreLimits.statementTimeout.milliseconds);
            SET lock_timeout = \(StoreLimits.lockTimeout.milliseconds);
            SET idle_in_transaction_session_timeout = \(StoreLimits.idleTransactionTimeout.milliseconds);
            SET synchronous_commit = on; SET standard_conforming_strings = on
            """)
    }

    private static func withStrings<Result>(
        _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
    ) -> Result {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return (copies.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { body($0.baseAddress) }
    }

    func disconnect() {
        PQfinish(handle)
        handle = nil
        statements = [:]
    }

    func close() { disconnect() }

    /// Makes a lost connection anew.
    func reconnect() throws {
        if let handle, PQstatus(handle) == CONNECTION_OK { return }
        if let retryAt, retryAt > .now { throw StoreError.unavailable("the database server cannot be reached") }
        do {
            try connect()
            retryAt = nil
            retryDelay = StoreLimits.reconnectDelay
        } catch {
            retryAt = .now + retryDelay
            retryDelay = min(retryDelay * 2, StoreLimits.reconnectDelayLimit)
            throw error
        }
    }

    // MARK: Transactions

    var isOutsideTransaction: Bool {
        guard let handle else { return true }
        let status = PQtransactionStatus(handle)
        return status == PQTRANS_IDLE || status == PQTRANS_UNKNOWN
    }

    func beginReading() throws {
        try reconnect()
        try execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }

    /// All writes of all nodes come one after the other, as with the embedded engine: what a closure has read stays true until its
    /// transaction is over.
    func beginWriting() throws {
        try reconnect()
        do {
            try execute(PostgreSQLConnection.writeLock)
        } catch {
            if !isOutsideTransaction { try? rollBack() }
            throw error
        }
    }

    func commit() throws {
        // A transaction with a failed statement answers a commit by rolling back.
        guard try execute("COMMIT") == "COMMIT" else { throw StoreError.unavailable("the transaction failed") }
    }

    func rollBack() throws { try execute("ROLLBACK") }

    func ring(_ bell: StoreBell) { bells.insert(bell) }

    func takeBells() -> Set<StoreBell> {
        defer { bells = [] }
        return bells
    }

    /// Makes an empty database on the same server; not within a transaction.
    /// - Parameter name: lower-case letters, digits and `_`.
    func createDatabase(_ name: String) throws {
        let isPlain = name.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "_") || ASCIIDigits.isDigit(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        }
        guard isPlain, !name.isEmpty else { throw StoreError.broken("a database cannot have this name") }
        try execute("CREATE DATABASE \(name)")
    }

    deinit { PQfinish(handle) }

    // MARK: Statements

    /// Runs statements without binds.
    /// - Returns: the command's tag.
    @discardableResult
    func execute(_ text: String) throws -> String {
        guard let handle else { throw StoreError.unavailable("the connection was lost") }
        let result = PQexec(handle, text)
        defer { PQclear(result) }
        try check(result)
        return PQcmdStatus(result).map { String(cString: $0) } ?? ""
    }

    @discardableResult
    func run(_ sql: SQL, _ binds: [SQLValue]) throws -> Int {
        let result = try perform(sql, binds)
        defer { PQclear(result) }
        return PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
    }

    func rows<Value>(_ sql: SQL, _ binds: [SQLValue], _ read: (any SQLRow) throws -> Value) throws -> [Value] {
        let result = try perform(sql, binds)
        defer { PQclear(result) }
        return try (0..<PQntuples(result)).map { try read(PostgreSQLRow(result: result, row: $0)) }
    }

    private func perform(_ sql: SQL, _ binds: [SQLValue]) throws -> OpaquePointer? {
        let result: OpaquePointer?
        if let change = PostgreSQLDialect.schemaChange(sql) {
            result = PQexec(handle, change)
        } else {
            let name = try prepare(sql)
            result = PostgreSQLParameters(binds).withPointers { values, lengths, formats in
                PQexecPrepared(handle, name, Int32(binds.count), values, lengths, formats, 1)
            }
        }
        do {
            try check(result)
        } catch {
            PQclear(result)
            throw error
        }
        return result
    }

    private func prepare(_ sql: SQL) throws -> String {
        if let name = statements[sql] { return name }
        guard let handle else { throw StoreError.unavailable("the connection was lost") }
        if statements.count >= StoreLimits.cachedStatements, let oldest = statements.first {
            try execute("DEALLOCATE \(oldest.value)")
            statements[oldest.key] = nil
        }
        nextStatement += 1
        let name = "s\(nextStatement)"
        let result = PQprepare(handle, name, PostgreSQLDialect.render(sql), 0, nil)
        defer { PQclear(result) }
        try check(result)
        statements[sql] = name
        return name
    }

    private var nextStatement = 0

    private func check(_ result: OpaquePointer?) throws {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: return
        default: break
        }
        guard let handle, PQstatus(handle) == CONNECTION_OK,
            let state = PQresultErrorField(result, Int32(UP_PG_DIAG_SQLSTATE)).map({ String(cString: $0) })
        else { throw StoreError.unavailable("the connection was lost") }
        throw PostgreSQLDialect.error(sqlState: state)
    }
}
#endif
