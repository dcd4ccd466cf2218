/// The content of the row `audit_head`: an entry that the log has reached, and the last entry that retention has removed. The row
/// is written when the log begins, at intervals (`SystemScope.checkpointAudit`), and by retention, but not by commits that
/// append entries.
struct AuditCheckpoint: Hashable, Sendable {
    /// An entry that the log has reached; 0 before the first.
    var sequence: Int64 = 0
    var hash = AuditChain.start
    /// The newest entry that retention has removed; 0 without one.
    var prunedSequence: Int64 = 0
    var prunedHash = AuditChain.start

    /// The checkpoint at the end of the log.
    func moved(to head: AuditHead) -> AuditCheckpoint {
        var checkpoint = self
        (checkpoint.sequence, checkpoint.hash) = (head.sequence, head.hash)
        return checkpoint
    }
}
