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
    private var ledger: AuditLedger { AuditLedger(db: db, keys: store.auditKeys, memory: store.auditMemory) }

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

    /// Notes in the database how far the audit log has come: entries before that cannot be cut off without putting back
    /// an older row besides. Rare, for each leaves a version of the row behind for as long as an older snapshot is open.
    package func checkpointAudit() throws { try ledger.checkpoint() }

    /// Both ends of the chain, and whether they are sealed by this installation.
    package func auditHead() throws -> AuditHead { try ledger.head() }

    /// The hashes of the entries that are there among some.
    package func auditHashes(of sequences: Set<Int64>) throws -> [Int64: [UInt8]] {
        try ledger.hashes(of: sequences)
    }

    /// The hash of the line before another: the last removed one's before the first.
    package func auditHash(before sequence: Int64) throws -> [UInt8] {
        let hash = try db.row("SELECT hash FROM audit_entries WHERE sequence = $1", [.integer(sequence - 1)]) {
            try $0.blob(0)
        }
        return try hash ?? ledger.head().prunedHash
    }

    /// The chain with the keys that the database has.
    package var auditChain: AuditChain { get throws { try ledger.chain() } }

    /// Replaces the key of the audit log's chain. Nothing else may be written meanwhile (`WriteScope.everything`).
    /// - Parameters:
    ///   - bytes: 32 random bytes.
    ///   - name: of the key, in the entry that says so.
    package func replaceAuditKey(with bytes: [UInt8], named name: String, at now: Timestamp) throws {
        let event = AuditEvent(
            at: now, tenant: nil, actor: origin.actor, action: .keyRotated, subjects: [name],
            requestID: origin.requestID)
        try ledger.replaceKey(with: bytes, noting: event, at: now)
    }

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
