#if PostgreSQL
internal import CLibPQ
internal import FoundationEssentials
internal import Glibc
internal import PharmacyDomain

/// One connection to a PostgreSQL server with its prepared statements. Used by one thread at a time; its calls block, but
/// never for longer than until `deadline`.
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
        /// What reads or writes a whole installation, or builds an index beside those who write. It may be a standby, which
        /// bears being read.
        case bulk
    }

    /// A statement that waits to go out.
    struct Unsent {
        let sql: SQL
        let binds: [SQLValue]
        /// What it waits for when it takes a lock of the transaction.
        var lock: Lock?
    }

    /// A lock that a transaction takes at its beginning.
    enum Lock {
        case installation
        case tenant
    }

    private let url: String
    let role: Role
    private(set) var handle: OpaquePointer?
    /// When the calls of the present transaction give up; `nil`: each has the time that its role allows.
    var deadline: ContinuousClock.Instant?
    var effects = AfterCommitEffects()
    /// What was sent and waits to go out.
    var unsent: [Unsent] = []
    /// Whether the end of a transaction that has only read is on its way.
    var isEnding = false
    var isRetryable = false
    /// The lock that the transaction did not get in time.
    var lockedOut: Lock?
    /// Whether the server has warned since a commit was begun.
    var hasWarned = false
    var isConfirmed = false
    /// Whether the connection is of no use any more.
    var isLost = false
    /// The tag of the last command that was waited for.
    var lastCommand = ""
    /// Statements that the server knows.
    var statements: [SQL.Key: String] = [:]
    var nextStatement = 0
    /// How many transactions the connection has begun: statements are planned again at growing intervals. A plan from when a
    /// table was empty uses any of its indexes, and stays until the server next analyzes the table, about a minute later.
    private var transactions = 0
    /// When a lost connection may be made anew, and how long it is waited after the next failure.
    private var retryAt: ContinuousClock.Instant?
    /// Why it could not be made the last time.
    private var lastFailure: (any Error)?
    private var retryDelay = StoreLimits.reconnectDelay

    /// - Parameter url: `postgres://…` or a list of libpq's keywords (PostgreSQL documentation, Connection Strings).
    init(url: String, role: Role) throws {
        self.url = url
        self.role = role
        try connect()
    }

    deinit { PQfinish(handle) }

    /// Tries the hosts of the URL one after the other, each for `StoreLimits.connectTimeout`: libpq's calls that do not
    /// block would wait for the first of them for ever. Names are resolved within the system's own time limits.
    private func connect() throws {
        disconnect()
        var failures: [StoreError] = []
        for host in PostgreSQLConnection.hosts(of: url) {
            do {
                let opened = try open(host)
                handle = opened
                return try configure(opened)
            } catch {
                // Half configured, it would pass for one that is whole.
                disconnect()
                failures.append(error as? StoreError ?? .unavailable(PostgreSQLFault.connectionLost))
            }
        }
        throw PostgreSQLConnection.mostTelling(of: failures)
    }

    /// Of several hosts' failures: a standby's, for it is about to be promoted or beside its primary; else one of a server
    /// that has responded; else the last.
    private static func mostTelling(of failures: [StoreError]) -> StoreError {
        let standby = failures.first { $0 == .unavailable(PostgreSQLFault.standby) }
        let responded = failures.last { failure in
            switch failure.fault?.kind {
            case .unreachable, .unknownHost, .timedOut, nil: false
            default: true
            }
        }
        return standby ?? responded ?? failures.last ?? .unavailable(PostgreSQLFault.connectionLost)
    }

    /// - Throws: `StoreError.unavailable` with the server's or libpq's reason.
    private func open(_ host: [(String, String)]) throws -> OpaquePointer {
        // What stands in the URL comes after what we wish and wins, but for the choice among its hosts.
        let parameters =
            [
                // What has gone without a word is noticed within half a minute, and at once where something is sent.
                ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
                ("tcp_user_timeout", "\(StoreLimits.connectTimeout.milliseconds)"),
                ("application_name", "united-pharmacy"), ("dbname", url), ("client_encoding", "UTF8"),
            ] + host
        let opened = PostgreSQLConnection.withStrings(parameters.map(\.0)) { keywords in
            PostgreSQLConnection.withStrings(parameters.map(\.1)) { PQconnectStartParams(keywords, $0, 1) }
        }
        guard let opened else {
            throw StoreError.unavailable(StoreFault(.outOfMemory, "the process is out of memory"))
        }
        // Its codes are the same in every language.
        PQsetErrorVerbosity(opened, PQERRORS_VERBOSE)
        let latest = ContinuousClock.now + StoreLimits.connectTimeout
        var next = PQstatus(opened) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while true {
            switch next {
            case PGRES_POLLING_OK:
                PQsetErrorVerbosity(opened, PQERRORS_SQLSTATE)
                return opened
            case PGRES_POLLING_READING, PGRES_POLLING_WRITING:
                let events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT
                guard PostgreSQLConnection.wait(for: PQsocket(opened), Int16(events), until: latest) else {
                    PQfinish(opened)
                    throw StoreError.unavailable(PostgreSQLFault.connectTimedOut)
                }
                next = PQconnectPoll(opened)
            default:
                defer { PQfinish(opened) }
                throw StoreError.unavailable(connectionFault(of: opened))
            }
        }
    }

    private func connectionFault(of opened: OpaquePointer) -> StoreFault {
        PostgreSQLFault.connectionFault(
            message: PQerrorMessage(opened).map { String(cString: $0) } ?? "",
            password: PQpass(opened).map { String(cString: $0) } ?? "",
            isPlain: url.split(separator: "?", maxSplits: 1)[0].count { $0 == "@" } <= 1)
    }

    private func configure(_ opened: OpaquePointer) throws {
        let transactionDeadline = deadline
        deadline = .now + StoreLimits.connectTimeout
        defer { deadline = transactionDeadline }
        guard PQsetnonblocking(opened, 1) == 0 else { throw lost() }
        _ = PQsetNoticeReceiver(
            opened,
            { connection, notice in
                guard let connection else { return }
                Unmanaged<PostgreSQLConnection>.fromOpaque(connection).takeUnretainedValue().hear(notice)
            }, Unmanaged.passUnretained(self).toOpaque())
        // To compile a statement would take longer than to run any of ours.
        let isStandby = try value(
            """
            SET statement_timeout = \(statementTimeout.milliseconds);
            SET lock_timeout = \(StoreLimits.lockTimeout.milliseconds);
            SET idle_in_transaction_session_timeout = \(StoreLimits.idleTransactionTimeout.milliseconds);
            SET synchronous_commit = on; SET standard_conforming_strings = on; SET jit = off;
            SELECT pg_is_in_recovery()
            """)
        // A server that is too old for it, or on a system that cannot tell, notices later that we have gone.
        _ = try? execute("SET client_connection_check_interval = \(StoreLimits.clientCheckInterval.milliseconds)")
        guard !isLost else { throw lost() }
        // What is read there may be old, and nothing can be written until it is promoted: the next try may find it promoted,
        // or another that is the primary now.
        guard role == .bulk || isStandby == "f" else { throw StoreError.unavailable(PostgreSQLFault.standby) }
    }

    /// How long the server lets a statement run.
    private var statementTimeout: Duration {
        switch role {
        case .reader, .listener: StoreLimits.statementTimeout
        case .writer: StoreLimits.writingStatementTimeout
        case .bulk: StoreLimits.bulkStatementTimeout
        }
    }

    /// How long a call waits for the server where no deadline is set.
    var patience: Duration { role == .listener ? StoreLimits.connectTimeout : statementTimeout }

    /// What chooses each of the hosts that the URL names; one empty choice where there is one, or where the environment
    /// names it.
    static func hosts(of url: String) -> [[(String, String)]] {
        guard let options = PQconninfoParse(url, nil) else { return [[]] }
        defer { PQconninfoFree(options) }
        var lists: [String: [String]] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            let name = String(cString: keyword)
            if let value = option.pointee.val, ["host", "hostaddr", "port"].contains(name) {
                lists[name] = String(cString: value).split(separator: ",", omittingEmptySubsequences: false)
                    .map(String.init)
            }
            option += 1
        }
        let count = max(lists["host"]?.count ?? 0, lists["hostaddr"]?.count ?? 0)
        guard count > 1 else { return [[]] }
        return (0..<count).map { place in
            lists.keys.sorted().compactMap { name in
                guard let values = lists[name], let first = values.first else { return nil }
                return (name, values.count == count ? values[place] : first)
            }
        }
    }

    static func withStrings<Result>(
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
        transactions = 0
        unsent = []
        isEnding = false
        isLost = false
        lockedOut = nil
        isConfirmed = false
    }

    /// Makes a lost connection anew.
    func reconnect() throws {
        if let handle, !isLost, PQstatus(handle) == CONNECTION_OK { return }
        if let retryAt, retryAt > .now, let lastFailure { throw lastFailure }
        do {
            try connect()
            retryAt = nil
            lastFailure = nil
            retryDelay = StoreLimits.reconnectDelay
        } catch {
            retryAt = .now + retryDelay
            lastFailure = error
            retryDelay = min(retryDelay * 2, StoreLimits.reconnectDelayLimit)
            throw error
        }
    }

    /// Writes the live rows of the table of keys to a new file and removes the old one; not within a transaction.
    /// - Returns: whether it was done; not so while others hold the table, as a dump does for all of its time.
    func rewriteKeys() throws -> Bool {
        try execute("SET lock_timeout = \(StoreLimits.scrubPatience.milliseconds)")
        do {
            try execute("VACUUM FULL wrapped_keys")
            return true
        } catch StoreError.locked {
            return false
        }
    }

    /// Makes a database on the same server; not within a transaction.
    /// - Parameters:
    ///   - name: lower-case letters, digits and `_`.
    ///   - template: the name of a database that it is a copy of, which nobody is connected to; empty without one.
    func createDatabase(_ name: String, copying template: String?) throws {
        let isPlain = [name, template ?? name].allSatisfy { name in
            !name.isEmpty
                && name.utf8.allSatisfy { byte in
                    byte == UInt8(ascii: "_") || ASCIIDigits.isDigit(byte)
                        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                }
        }
        guard isPlain else { throw StoreError.broken("a database cannot have this name") }
        try execute("CREATE DATABASE \(name)" + (template.map { " TEMPLATE \($0)" } ?? ""))
    }
}

extension PostgreSQLConnection: TransactionalConnection {
    var isIdle: Bool {
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
    /// before the locks were granted.
    ///
    /// A transaction of one scope stands in line for its locks, for a short time only: who stands in line has its turn
    /// however busy other nodes are, and who holds the lock for longer must not hold up the writes of others that come
    /// through this connection. One of several scopes takes those tenants' locks that are free.
    func beginWriting(_ scopes: Set<WriteScope>) throws -> Set<WriteScope> {
        try begin("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        if let deadline {
            let time = ContinuousClock.now.duration(to: deadline)
            if time > StoreLimits.writingStatementTimeout {
                try send("SELECT set_config('statement_timeout', $1, true)", [.text("\(time.milliseconds)")])
            }
        }
        if scopes == [.counters] {
            try send("SET LOCAL synchronous_commit = off", [])
            return []
        }
        if scopes.contains(.everything) {
            sendLock(
                """
                SELECT set_config('lock_timeout', $2, true), pg_advisory_xact_lock($1), set_config('lock_timeout', $3, true)
                """, PostgreSQLConnection.installationLock, .installation, patience: StoreLimits.exclusiveLockPatience)
            return []
        }
        sendLock(
            """
            SELECT set_config('lock_timeout', $2, true), pg_advisory_xact_lock_shared($1),
                set_config('lock_timeout', $3, true)
            """, PostgreSQLConnection.installationLock, .installation, patience: StoreLimits.installationLockPatience)
        let tenants = scopes.compactMap { if case .tenant(let tenant) = $0 { tenant } else { nil } }
        if let tenant = tenants.first, scopes.count == 1 {
            sendLock(
                """
                SELECT set_config('lock_timeout', $2, true), pg_advisory_xact_lock($1), set_config('lock_timeout', $3, true)
                """, .integer(tenant.lockNumber), .tenant, patience: StoreLimits.tenantLockPatience)
            return []
        }
        return try tryLocks(of: tenants)
    }

    /// Sends what stands in line for a lock, for as long as `patience`; the expressions of a list are evaluated in their order.
    private func sendLock(_ sql: SQL, _ number: SQLValue, _ lock: Lock, patience: Duration) {
        unsent.append(
            Unsent(
                sql: sql,
                binds: [
                    number, .text("\(patience.milliseconds)"), .text("\(StoreLimits.lockTimeout.milliseconds)"),
                ], lock: lock))
    }

    /// Takes those locks that are free.
    /// - Returns: the scopes of those that are not.
    private func tryLocks(of tenants: [TenantID]) throws -> Set<WriteScope> {
        guard !tenants.isEmpty else { return [] }
        // Two tenants with one number share a lock.
        let byNumber = Dictionary(grouping: tenants, by: \.lockNumber)
        let numbers = byNumber.keys.sorted().map(String.init).joined(separator: ",")
        let held = try rows(
            """
            SELECT n, pg_try_advisory_xact_lock(n) FROM unnest(CAST(string_to_array($1, ',') AS bigint[])) AS n
            """, [.text(numbers)]
        ) { (number: try $0.integer(0), isGranted: try $0.integer(1) == 1) }
        let refused = held.filter { !$0.isGranted }.flatMap { byNumber[$0.number] ?? [] }
        return Set(refused.map(WriteScope.tenant))
    }

    var isLockedOut: Bool { lockedOut != nil }

    /// Without the installation's lock nobody has a turn.
    var isEverybodyLockedOut: Bool { lockedOut == .installation }

    /// Held by each transaction that adds entries to the audit log, from its last statements to its end.
    private static let auditLock: SQLValue = .integer(5_570_193_308_531_903_822)

    /// Goes out with the statement that reads the log's end: that statement has a snapshot of its own, taken once the lock
    /// is held, and sees what the holder before has committed.
    func lockAuditLog() throws { try send("SELECT pg_advisory_xact_lock($1)", [PostgreSQLConnection.auditLock]) }

    private func begin(_ sql: SQL) throws {
        isRetryable = false
        lockedOut = nil
        do {
            try settle()
        } catch {
            // The transaction before is over for whoever asked for it.
            isLost = true
        }
        isRetryable = false
        try reconnect()
        unsent = [Unsent(sql: sql, binds: [])]
        transactions += 1
        // After 16, 64, 256 … transactions.
        let isPowerOfFour = transactions.nonzeroBitCount == 1 && transactions.trailingZeroBitCount.isMultiple(of: 2)
        if transactions >= 16, isPowerOfFour { unsent.append(Unsent(sql: "DISCARD PLANS", binds: [])) }
    }

    /// Whether the transaction has not begun as far as the server knows.
    private var isBeginUnsent: Bool { unsent.first?.sql.begins(with: "BEGIN") ?? false }

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
        unsent = [Unsent(sql: "ROLLBACK TO one", binds: []), Unsent(sql: "RELEASE one", binds: [])]
        try flush()
    }

    func commit() throws {
        // A connection that turns out to be lost is better found before it is asked to commit.
        if isBeginUnsent { try flush() }
        hasWarned = false
        do {
            try run("COMMIT", [])
        } catch {
            guard isLost else { throw error }
            // With its commit in flight it may have been committed.
            isRetryable = false
            throw StoreError.outcomeUnknown
        }
        // A transaction with a failed statement answers a commit by rolling back.
        guard lastCommand == "COMMIT" else {
            throw StoreError.unavailable("the database server rolled the transaction back")
        }
        // Committed here, says a server whose wait for its standby was broken off, and perhaps nowhere else: a failover
        // would take it back.
        if hasWarned { throw StoreError.outcomeUnknown }
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
