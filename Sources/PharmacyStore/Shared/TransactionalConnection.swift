/// What an engine's writer and readers ask of a connection besides statements.
protocol TransactionalConnection: SQLConnection, SendableMetatype {
    /// Whether no transaction is open: so it is, too, after the engine has rolled one back by itself or the connection was
    /// lost.
    var isOutsideTransaction: Bool { get }

    /// Begins a transaction that sees one snapshot.
    func beginReading() throws

    /// Begins a transaction that no other writes beside.
    func beginWriting() throws

    /// Ends the transaction: when this returns, its effects survive any crash.
    func commit() throws

    /// Ends the transaction without effects.
    func rollBack() throws

    /// The bells to ring after the commit.
    func takeBells() -> Set<StoreBell>

    func close()
}
