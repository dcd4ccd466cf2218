package import PharmacyDomain

extension TenantScope {
    /// Adds a line to the audit log in the transaction of its effect.
    /// - Parameter actor: where the verb has found out who it is; otherwise who is bound (`AuditOrigin.current`).
    package func audit(
        _ action: AuditAction, _ subjects: [String], actor: AuditActor? = nil, at now: Timestamp
    ) {
        db.audit([
            AuditEvent(
                at: now, tenant: tenantID, actor: actor ?? origin.actor, action: action, subjects: subjects,
                requestID: origin.requestID)
        ])
    }
}

extension SystemScope {
    private var ledger: AuditLedger { AuditLedger(db: db, chain: store.auditChain) }

    /// Adds a line to the audit log in the transaction of its effect.
    package func audit(
        _ action: AuditAction, _ subjects: [String], tenant: TenantID? = nil, at now: Timestamp
    ) {
        audit([
            AuditEvent(
                at: now, tenant: tenant, actor: origin.actor, action: action, subjects: subjects,
                requestID: origin.requestID)
        ])
    }

    /// Adds lines that were gathered before.
    package func audit(_ events: [AuditEvent]) { db.audit(events) }

    /// Removes lines that are older than the retention, some at a time.
    /// - Returns: how many lines went.
    @discardableResult
    package func pruneAudit(before cutoff: Timestamp, limit: Int) throws -> Int {
        try ledger.prune(before: cutoff, limit: limit)
    }

    /// Both ends of the chain, and whether they are sealed by this installation.
    package func auditHead() throws -> (head: AuditHead, isGenuine: Bool) { try ledger.head() }

    /// The hash of the line before another: the last removed one's before the first.
    package func auditHash(before sequence: Int64) throws -> [UInt8] {
        let hash = try db.row("SELECT hash FROM audit_entries WHERE sequence = $1", [.integer(sequence - 1)]) {
            try $0.blob(0)
        }
        return try hash ?? ledger.head().head.prunedHash
    }

    package var auditChain: AuditChain { store.auditChain }

    /// Lines behind `position`, oldest first.
    package func auditEntries(
        _ filter: AuditFilter = AuditFilter(), after position: Int64, limit: Int
    ) throws -> [ChainedAuditEntry] {
        try ledger.entries(filter, after: position, limit: limit)
    }

    /// The newest lines, newest first.
    package func newestAuditEntries(_ filter: AuditFilter, limit: Int) throws -> [ChainedAuditEntry] {
        try ledger.newest(filter, limit: limit)
    }
}
