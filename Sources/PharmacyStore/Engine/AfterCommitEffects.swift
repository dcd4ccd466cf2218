internal import PharmacyDomain

/// The effects that a transaction has at its end. Rolling back to a savepoint removes those that were added since.
struct AfterCommitEffects {
    /// What to tell services and dashboards after the commit.
    var notice = CommitNotice()
    /// The entries to append to the audit log before the commit.
    var auditEvents: [AuditEvent] = []
    /// Changes of process memory that run only when the commit is certain.
    var whenCommitted: [@Sendable () -> Void] = []
    /// Changes of process memory that run however the transaction ends.
    var whenEnded: [@Sendable () -> Void] = []

    /// Changes process memory at the end of the transaction, before its caller is resumed.
    /// - Parameter isCommitted: `false` also where the outcome is unknown.
    func apply(isCommitted: Bool) {
        if isCommitted { for effect in whenCommitted { effect() } }
        for effect in whenEnded { effect() }
    }
}
