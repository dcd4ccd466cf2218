internal import PharmacyDomain

/// What an engine's writer and readers ask of a connection besides statements.
protocol TransactionalConnection: SQLConnection, SendableMetatype {
    /// What the open transaction has left to be done at its end.
    var effects: AfterCommitEffects { get set }

    /// Whether no transaction is open: so it is, too, after the engine has rolled one back by itself or the connection was
    /// lost.
    var isIdle: Bool { get }

    /// Whether the transaction failed for no fault of its own, before its commit, and would do better if it were begun anew:
    /// it stood in the way of another, or the connection was lost.
    var isRetryable: Bool { get }

    /// When the calls of the present transaction give up; `nil`: when the engine's own time limits say so.
    var deadline: ContinuousClock.Instant? { get set }

    /// Whether the transaction failed because another held its locks for longer than it may stand in line.
    var isLockedOut: Bool { get }

    /// Whether the lock was one that all transactions that write need.
    var isEverybodyLockedOut: Bool { get }

    /// Whether the database's epoch was confirmed since the connection was made (`IncarnationKeeper`).
    var isConfirmed: Bool { get set }

    /// Where the database is, asked within a transaction that writes: another place, or another file there, is another
    /// text. The transaction is made durable at its commit, whatever it was begun for.
    func origin() throws -> String

    /// Begins a transaction that sees one snapshot.
    func beginReading() throws

    /// Ends a transaction that has only read.
    func endReading() throws

    /// Begins a transaction beside which no other runs that touches what these do.
    /// - Returns: those of the scopes that another transaction holds: this one must not touch them.
    func beginWriting(_ scopes: Set<WriteScope>) throws -> Set<WriteScope>

    /// Takes the lock of the audit log's end, until the transaction is over: entries are numbered one commit after the
    /// other. It is the last lock that a transaction takes. Where the engine writes one transaction at a time there is none.
    func lockAuditLog() throws

    /// Runs what was sent so far.
    func flush() throws

    /// Marks the point that `rollBackToSavepoint` goes back to.
    func savepoint() throws

    /// Forgets the savepoint, once all that was sent has succeeded.
    func release() throws

    /// Takes back what was done since the savepoint, and forgets it.
    func rollBackToSavepoint() throws

    /// Ends the transaction: when this returns, its effects survive any crash.
    /// - Throws: `StoreError.outcomeUnknown` where it may have been committed all the same.
    func commit() throws

    /// Ends the transaction without effects.
    func rollBack() throws

    func close()
}

extension TransactionalConnection {
    func notify(_ channel: StoreChannel) { effects.channels.insert(channel) }

    func audit(_ events: [AuditEvent]) { effects.auditEvents += events }

    func afterCommit(_ effect: @escaping @Sendable () -> Void) { effects.whenCommitted.append(effect) }

    func afterTransaction(_ effect: @escaping @Sendable () -> Void) { effects.whenOver.append(effect) }
}
