#if PostgreSQL
internal import CLibPQ
internal import FoundationEssentials
internal import PharmacyDomain

extension PostgreSQLConnection: TransactionalConnection {
    var isIdle: Bool {
        guard let handle, !isLost else { return true }
        // The first statement that waits to be sent begins a transaction, or belongs to one that is open.
        if !unsent.isEmpty { return false }
        let status = PQtransactionStatus(handle)
        return status == PQTRANS_IDLE || status == PQTRANS_UNKNOWN
    }

    func beginReading() throws {
        try begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }

    /// Does not wait for the outcome, which the next transaction receives.
    func endReading() throws {
        if isBeginUnsent {
            unsent = []
            return
        }
        try flush()
        try sendAhead("COMMIT")
    }

    /// Writes of one tenant run one after the other, as with the embedded engine: data that a closure has read does not change
    /// until its transaction is over. Each statement sees what was committed before it (`READ COMMITTED`), and so everything
    /// that was committed before the locks were granted.
    ///
    /// A transaction of one scope waits for its locks, but only for a short time. Waiting ensures that it has its turn however
    /// busy other nodes are. The limit ensures that a lock that is held for long does not delay the writes of others on this
    /// connection. A transaction of several scopes takes only those tenants' locks that are free.
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
                """, PostgreSQLAdvisoryLock.installation, .installation, timeout: StoreLimits.exclusiveLockTimeout)
            return []
        }
        sendLock(
            """
            SELECT set_config('lock_timeout', $2, true), pg_advisory_xact_lock_shared($1),
                set_config('lock_timeout', $3, true)
            """, PostgreSQLAdvisoryLock.installation, .installation, timeout: StoreLimits.installationLockTimeout)
        let tenants = scopes.compactMap { if case .tenant(let tenant) = $0 { tenant } else { nil } }
        if let tenant = tenants.first, scopes.count == 1 {
            sendLock(
                """
                SELECT set_config('lock_timeout', $2, true), pg_advisory_xact_lock($1), set_config('lock_timeout', $3, true)
                """, .integer(tenant.lockNumber), .tenant, timeout: StoreLimits.tenantLockTimeout)
            return []
        }
        return try tryLocks(of: tenants)
    }

    /// Sends the statement that waits for a lock, for `timeout` at the most. The server evaluates the expressions of the
    /// statement's list in their order.
    private func sendLock(_ sql: SQL, _ number: SQLValue, _ lock: Lock, timeout: Duration) {
        unsent.append(
            Unsent(
                sql: sql,
                binds: [
                    number, .text("\(timeout.milliseconds)"), .text("\(StoreLimits.lockTimeout.milliseconds)"),
                ], lock: lock))
    }

    /// Takes the locks that are free.
    /// - Returns: the scopes whose locks are not free.
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

    /// No transaction that writes can begin without the installation's lock.
    var isInstallationLockedOut: Bool { lockedOut == .installation }

    /// Shares its round trip with the statement that reads the log's end. That statement has a snapshot of its own, taken once
    /// the lock is held, and so sees what the lock's previous holder has committed.
    func lockAuditLog() throws { try send("SELECT pg_advisory_xact_lock($1)", [PostgreSQLAdvisoryLock.auditLog]) }

    private func begin(_ sql: SQL) throws {
        isRetryable = false
        lockedOut = nil
        do {
            try settle()
        } catch {
            // The caller of the previous transaction has its result already.
            isLost = true
        }
        isRetryable = false
        try reconnect()
        unsent = [Unsent(sql: sql, binds: [])]
        ahead = []
        transactions += 1
        // Plans are discarded after 16, 64, 256 … transactions.
        let isPowerOfFour = transactions.nonzeroBitCount == 1 && transactions.trailingZeroBitCount.isMultiple(of: 2)
        if transactions >= 16, isPowerOfFour { unsent.append(Unsent(sql: "DISCARD PLANS", binds: [])) }
    }

    /// Whether the statement that begins the transaction was not sent yet.
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
        // A lost connection is noticed before the commit is sent, so that the transaction can be repeated.
        if isBeginUnsent { try flush() }
        hasWarned = false
        do {
            try run("COMMIT", [])
        } catch {
            guard isLost else { throw error }
            // The connection was lost during the commit: the transaction may have been committed.
            isRetryable = false
            throw StoreError.outcomeUnknown
        }
        // A commit of a transaction with a failed statement rolls it back.
        guard lastCommand == "COMMIT" else {
            throw StoreError.unavailable("the database server rolled the transaction back")
        }
        // The server warns that it has committed without waiting for its standby to the end: a failover would undo the commit.
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
    /// The number of the advisory lock that writes of the tenant hold.
    fileprivate var lockNumber: Int64 {
        withUnsafeBytes(of: uuid.uuid) { $0.prefix(8).reduce(0) { $0 << 8 | Int64($1) } }
    }
}
#endif
