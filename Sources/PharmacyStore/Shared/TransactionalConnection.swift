internal import PharmacyDomain

/// What an engine's writer and readers ask of a connection besides statements.
protocol TransactionalConnection: SQLConnection, SendableMetatype {
    /// What the open transaction has left to be done at its end.
    var effects: AfterCommitEffects { get set }

    /// Whether no transaction is open: so it is, too, after the engine has rolled one back by itself or the connection was
    /// lost.
    var isOutsideTransaction: Bool { get }

    /// Whether the transaction failed for no fault of its own, before its commit, and would do better if it were begun anew:
    /// it stood in the way of another, or the connection was lost.
    var isWorthRepeating: Bool { get }

    /// Begins a transaction that sees one snapshot.
    func beginReading() throws

    /// Ends a transaction that has only read.
    func endReading() throws

    /// Begins a transaction beside which no other runs that touches what these do.
    func beginWriting(_ scopes: Set<WriteScope>) throws

    /// Runs what was sent so far.
    func flush() throws

    /// Marks the point that `rollBackToSavepoint` goes back to.
    func savepoint() throws

    /// Forgets the savepoint, once all that was sent has succeeded.
    func release() throws

    /// Takes back what was done since the savepoint, and forgets it.
    func rollBackToSavepoint() throws

    /// Ends the transaction: when this returns, its effects survive any crash.
    func commit() throws

    /// Ends the transaction without effects.
    func rollBack() throws

    func close()
}

extension TransactionalConnection {
    func ring(_ bell: StoreBell) { effects.bells.insert(bell) }

    func audit(_ events: [AuditEvent]) { effects.auditEvents += events }

    func afterCommit(_ effect: @escaping @Sendable () -> Void) { effects.whenCommitted.append(effect) }

    func afterTransaction(_ effect: @escaping @Sendable () -> Void) { effects.whenOver.append(effect) }
}
