#if PostgreSQL
/// The numbers of the advisory locks that do not belong to one tenant: numbers that no other program uses on the same database.
enum PostgreSQLAdvisoryLock {
    /// Each transaction that writes holds it shared; a transaction that runs alone holds it exclusively.
    static let installation: SQLValue = .integer(5_570_193_308_531_903_821)
    /// A transaction that adds entries to the audit log holds it from its last statements to its end.
    static let auditLog: SQLValue = .integer(5_570_193_308_531_903_822)
    /// The node that builds indexes holds it. Not the audit log's: other nodes write during the build.
    static let indexes: SQLValue = .integer(5_570_193_308_531_903_823)
}
#endif
