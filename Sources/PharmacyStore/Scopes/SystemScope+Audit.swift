package import PharmacyDomain

extension TenantScope {
    /// Appends an entry to the audit log, in the transaction of the effect.
    /// - Parameter actor: `nil`: the actor of `AuditOrigin.current`.
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
    private var storedChain: StoredAuditChain {
        StoredAuditChain(db: db, keys: memory.auditKeys, appended: memory.appendedAuditEntries)
    }

    /// Appends an entry to the audit log, in the transaction of the effect.
    package func audit(
        _ action: AuditAction, _ subjects: [String], tenant: TenantID? = nil, at now: Timestamp
    ) {
        audit([
            AuditEvent(
                at: now, tenant: tenant, actor: origin.actor, action: action, subjects: subjects,
                requestID: origin.requestID)
        ])
    }

    /// Appends entries for events that were buffered.
    package func audit(_ events: [AuditEvent]) { db.audit(events) }

    /// The newest entries before a position, newest first.
    /// - Parameter count: how many entries of the whole log are examined at the most.
    /// - Returns: the entries, and the position from which the search continues; `nil` at the end of the log.
    package func newestAuditEntries(
        _ filter: AuditFilter, before position: Int64?, limit: Int, examining count: Int64
    ) throws -> (entries: [ChainedAuditEntry], next: Int64?) {
        try storedChain.newest(filter, before: position, limit: limit, examining: count)
    }

    /// Removes some entries that are older than the retention.
    /// - Returns: how many entries were removed.
    @discardableResult
    package func pruneAudit(before cutoff: Timestamp, limit: Int) throws -> Int {
        try storedChain.prune(before: cutoff, limit: limit)
    }

    /// Records in the database how far the audit log has come: earlier entries cannot be cut off without also putting back an older
    /// row. Called rarely, because each call adds a version of the row that remains while an older snapshot is open.
    package func checkpointAudit() throws { try storedChain.checkpoint() }

    /// The ends of the audit log, and whether they are genuine.
    package func auditHead() throws -> AuditHead { try storedChain.head() }

    /// The hashes of entries, by their numbers. Numbers without an entry are left out.
    package func auditHashes(of sequences: Set<Int64>) throws -> [Int64: [UInt8]] {
        try storedChain.hashes(of: sequences)
    }

    /// The hash of the previous entry: before the first entry, that of the last removed one.
    package func auditHash(before sequence: Int64) throws -> [UInt8] {
        let hash = try db.row("SELECT hash FROM audit_entries WHERE sequence = $1", [.integer(sequence - 1)]) {
            try $0.blob(0)
        }
        return try hash ?? storedChain.head().prunedHash
    }

    /// The chain with the keys that the database has.
    package var auditChain: AuditChain { get throws { try storedChain.chain() } }

    /// Rotates the key of the audit log's chain. It must be the only write (`WriteScope.everything`).
    /// - Parameters:
    ///   - bytes: 32 random bytes.
    ///   - name: the key's name in the entry that records the rotation.
    package func rotateAuditKey(with bytes: [UInt8], named name: String, at now: Timestamp) throws {
        let event = AuditEvent(
            at: now, tenant: nil, actor: origin.actor, action: .keyRotated, subjects: [name],
            requestID: origin.requestID)
        try storedChain.rotateKey(with: bytes, noting: event, at: now)
    }

    /// Entries after `position`, oldest first.
    package func auditEntries(
        _ filter: AuditFilter = AuditFilter(), after position: Int64, limit: Int
    ) throws -> [ChainedAuditEntry] {
        try storedChain.entries(filter, after: position, limit: limit)
    }

    /// The newest entries, newest first.
    package func newestAuditEntries(_ filter: AuditFilter, limit: Int) throws -> [ChainedAuditEntry] {
        try storedChain.newest(filter, limit: limit)
    }
}
