/// What the one row of `audit_head` vouches for: that the log has reached an entry, and what retention has removed. It is
/// written when the log begins, now and then (`SystemScope.checkpointAudit`), and by retention; never by a commit that
/// adds entries.
struct AuditCheckpoint: Hashable, Sendable {
    /// An entry that the log has reached; 0 when there had been none.
    var sequence: Int64 = 0
    var hash = AuditChain.start
    /// The newest entry that retention has removed; 0 when none.
    var prunedSequence: Int64 = 0
    var prunedHash = AuditChain.start
}
