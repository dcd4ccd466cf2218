#if PostgreSQL
internal import CLibPQ
internal import FoundationEssentials
internal import Glibc
internal import PharmacyDomain

/// One connection to a PostgreSQL server with its prepared statements. Used by one thread at a time; its calls block.
///
/// A connection that was lost is made anew when the next transaction begins, not more often than a server that is
/// down bears. What is sent waits for the next statement whose outcome is asked for and shares its round trip (libpq's
/// pipeline mode).
final class PostgreSQLConnection {
    /// What a connection is for.
    enum Role {
        case reader
        case writer
        /// What carries bells between nodes.
        case listener
    }

    private let url: String
    private let role: Role
    private(set) var handle: OpaquePointer?
    var effects = AfterCommitEffects()
    /// What was sent and waits to go out.
    var unsent: [(sql: SQL, binds: [SQLValue])] = []
    /// Whether the end of a transaction that has only read is on its way.
    var isEnding = false
    var isWorthRepeating = false
    /// Whether the connection is of no use any more.
    var isLost = false
    /// The tag of the last command that was waited for.
    var lastCommand = ""
    /// Statements that the server knows, by what they say.
    var statements: [SQL: String] = [:]
    var nextStatement = 0
    /// When a lost connection may be made anew, and how long it is waited after the next failure.
    private var retryAt: ContinuousClock.Instant?
    private var retryDelay = StoreLimits.reconnectDelay

    /// - Parameter url: `postgres://…` or a list of libpq's keywords (PostgreSQL documentation, Connection Strings).
    init(url: String, role: Role) throws {
        self.url = url
        self.role = role
        try connect()
    }

    deinit { PQfinish(handle) }

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
        let statementTimeout = role == .writer ? StoreLimits.writingStatementTimeout : StoreLimits.statementTimeout
        try execute(
            """
            SET statement_timeout = \(statementTimeout.milliseconds);
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
        unsent = []
        isEnding = false
        isLost = false
    }

    /// Makes a lost connection anew.
    func reconnect() throws {
        if let handle, !isLost, PQstatus(handle) == CONNECTION_OK { return }
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
}

extension PostgreSQLConnection: TransactionalConnection {
    var isOutsideTransaction: Bool {
        guard let handle, !isLost else { return true }
        // What waits to go out begins with the transaction's own beginning, or comes behind it.
        if !unsent.isEmpty { return false }
        let status = PQtransactionStatus(handle)
        return status == PQTRANS_IDLE || status == PQTRANS_UNKNOWN
    }

    func beginReading() throws {
        try begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }

    /// The outcome is not waited for: the next transaction hears of it.
    func endReading() throws {
        if isBeginUnsent {
            unsent = []
            return
        }
        try flush()
        try sendAhead("COMMIT")
    }

    /// Held by each transaction that writes, alone by one beside which none may run; any number that no other program uses on
    /// the same database.
    private static let installationLock: SQLValue = .integer(5_570_193_308_531_903_821)

    /// Writes of one tenant come one after the other, as with the embedded engine: what a closure has read stays true until
    /// its transaction is over. Each statement sees what was committed before it (`READ COMMITTED`), and so all that was
    /// before the locks were granted. Locks are taken in one order everywhere: the installation's, then tenants' by number.
    func beginWriting(_ scopes: Set<WriteScope>) throws {
        try begin("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        if scopes == [.counters] { return try send("SET LOCAL synchronous_commit = off", []) }
        if scopes.contains(.everything) {
            return try send("SELECT pg_advisory_xact_lock($1)", [PostgreSQLConnection.installationLock])
        }
        try send("SELECT pg_advisory_xact_lock_shared($1)", [PostgreSQLConnection.installationLock])
        let tenants = scopes.compactMap { if case .tenant(let tenant) = $0 { tenant.lockNumber } else { nil } }
        for number in tenants.sorted() { try send("SELECT pg_advisory_xact_lock($1)", [.integer(number)]) }
    }

    private func begin(_ sql: SQL) throws {
        isWorthRepeating = false
        try settle()
        try reconnect()
        unsent = [(sql, [])]
    }

    /// Whether the transaction has not begun as far as the server knows.
    private var isBeginUnsent: Bool { unsent.first?.sql.text.hasPrefix("BEGIN") ?? false }

    private static let savepoint: SQL = "SAVEPOINT one"

    func savepoint() throws { try send(PostgreSQLConnection.savepoint, []) }

    func release() throws {
        try send("RELEASE one", [])
        try flush()
    }

    func rollBackToSavepoint() throws {
        if let mark = unsent.lastIndex(where: { $0.sql == PostgreSQLConnection.savepoint }) {
            unsent.removeSubrange(mark...)
            return
        }
        unsent = [("ROLLBACK TO one", []), ("RELEASE one", [])]
        try flush()
    }

    func commit() throws {
        // A connection that turns out to be lost is better found before it is asked to commit.
        if isBeginUnsent { try flush() }
        do {
            try run("COMMIT", [])
        } catch {
            // Lost with its commit under way, it may have been committed.
            if isLost { isWorthRepeating = false }
            throw error
        }
        // A transaction with a failed statement answers a commit by rolling back.
        guard lastCommand == "COMMIT" else { throw StoreError.unavailable("the transaction failed") }
    }

    func rollBack() throws {
        let wasUnsent = isBeginUnsent
        unsent = []
        if !wasUnsent { try run("ROLLBACK", []) }
    }

    func close() { disconnect() }
}

extension TenantID {
    /// The number of the lock that writes of the tenant hold.
    fileprivate var lockNumber: Int64 {
        withUnsafeBytes(of: uuid.uuid) { $0.prefix(8).reduce(0) { $0 << 8 | Int64($1) } }
    }
}
#endif
