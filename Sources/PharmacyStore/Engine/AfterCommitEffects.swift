internal import PharmacyDomain

/// What is to be done at the end of a transaction. A savepoint that is rolled back takes its own effects with it.
struct AfterCommitEffects {
    /// To be notified after the commit.
    var channels: Set<StoreChannel> = []
    /// To be written before it.
    var auditEvents: [AuditEvent] = []
    /// What memory may learn once the commit is certain.
    var whenCommitted: [@Sendable () -> Void] = []
    /// What memory must forget, however the transaction ended.
    var whenOver: [@Sendable () -> Void] = []

    /// Brings process memory in line with the end of the transaction, before any caller learns of it.
    /// - Parameter isCommitted: `false` also where the outcome is not known.
    func apply(isCommitted: Bool) {
        if isCommitted { for effect in whenCommitted { effect() } }
        for effect in whenOver { effect() }
    }
}
