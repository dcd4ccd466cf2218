internal import PharmacyDomain

/// The operations on transactions that an engine's writer and readers need in addition to statements.
protocol TransactionalConnection: SQLConnection, SendableMetatype {
    /// The effects of the open transaction.
    var effects: AfterCommitEffects { get set }

    /// Whether no transaction is open. That is also so after the engine has rolled one back by itself or the connection was
    /// lost.
    var isIdle: Bool { get }

    /// Whether the transaction should be repeated: before its commit it was ended in favor of another one, or the connection was
    /// lost.
    var isRetryable: Bool { get }

    /// When the calls of the current transaction time out; `nil`: the engine's own time limits apply.
    var deadline: ContinuousClock.Instant? { get set }

    /// Whether the transaction failed because another held its locks for longer than it may wait.
    var isLockedOut: Bool { get }

    /// Whether the lock was one that all transactions that write need.
    var isInstallationLockedOut: Bool { get }

    /// Whether the database's origin was checked since the connection was made (`OriginChecker`).
    var hasCheckedOrigin: Bool { get set }

    /// Identifies the place of the database and the file or cluster there. To be called within a transaction that writes, which
    /// becomes durable at its commit even if it was begun for counters.
    func origin() throws -> String

    /// Begins a transaction that sees one snapshot.
    func beginReading() throws

    /// Ends a transaction that has only read.
    func endReading() throws

    /// Begins a transaction. No other transaction of the same scopes runs concurrently.
    /// - Returns: the scopes that another transaction holds: this one must not write in them.
    func beginWriting(_ scopes: Set<WriteScope>) throws -> Set<WriteScope>

    /// Takes the lock of the audit log's end until the end of the transaction, so that commits number their entries one after
    /// the other. It is the last lock that a transaction takes. An engine that writes one transaction at a time has no such lock.
    func lockAuditLog() throws

    /// Runs the statements that were sent so far.
    func flush() throws

    /// Marks the point to which `rollBackToSavepoint` returns.
    func savepoint() throws

    /// Runs the statements that were sent so far, and removes the savepoint.
    func release() throws

    /// Undoes all changes since the savepoint, and removes it.
    func rollBackToSavepoint() throws

    /// Ends the transaction: when this returns, its effects survive any crash.
    /// - Throws: `StoreError.outcomeUnknown` where it may have been committed nevertheless.
    func commit() throws

    /// Ends the transaction without effects.
    func rollBack() throws

    func close()
}

extension TransactionalConnection {
    func notify(_ channel: StoreChannel) { effects.notice.channels.insert(channel) }

    func note(_ change: TenantChange, of tenant: TenantID) { effects.notice.note(change, of: tenant) }

    func audit(_ events: [AuditEvent]) { effects.auditEvents += events }

    func afterCommit(_ effect: @escaping @Sendable () -> Void) { effects.whenCommitted.append(effect) }

    func afterTransaction(_ effect: @escaping @Sendable () -> Void) { effects.whenEnded.append(effect) }
}
