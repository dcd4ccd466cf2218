package import PharmacyDomain
package import PharmacyStore

/// Reads and verifies the audit log for operators, also while the server runs.
package struct AuditLog: Sendable {
    private let store: Store

    package init(store: Store) {
        self.store = store
    }

    /// Entries per read.
    private static let batch = 1_000

    /// Verifies the whole chain. Entries that retention removes meanwhile are skipped.
    ///
    /// A log that was cut at the end of a commit, with no checkpoint after it, is unbroken in itself. Only the anchors show the
    /// loss (`AuditAnchors`).
    /// - Parameter mark: an entry that was noted earlier and must still be in the log unless retention has removed it. It shows
    ///   that the whole database was set back to an earlier state.
    package func verify(against mark: AuditMark? = nil) async throws -> AuditVerdict {
        let start = try await store.systemRead { try $0.auditHead() }
        guard start.isCheckpointGenuine else { return .broken(at: start.sequence, reason: .alteredHead) }
        var (position, previous) = (start.prunedSequence, start.prunedHash)
        var count: Int64 = 0
        while true {
            let from = position
            let (head, entries, chain) = try await store.systemRead { scope in
                let head = try scope.auditHead()
                let entries = try scope.auditEntries(
                    after: max(from, head.prunedSequence), limit: AuditLog.batch)
                return (head, entries, try scope.auditChain)
            }
            guard head.isCheckpointGenuine else { return .broken(at: head.sequence, reason: .alteredHead) }
            if head.prunedSequence > position { (position, previous) = (head.prunedSequence, head.prunedHash) }
            for line in entries {
                guard line.sequence == position + 1 else { return .broken(at: position + 1, reason: .missing) }
                guard let entry = line.entry, chain.hash(entry, after: previous) == line.hash,
                    head.agrees(with: line.hash, at: line.sequence)
                else { return .broken(at: line.sequence, reason: .altered) }
                if let mark, mark.sequence == line.sequence, mark.hash != line.hash {
                    return .broken(at: line.sequence, reason: .otherMark)
                }
                (position, previous) = (line.sequence, line.hash)
                count += 1
            }
            if entries.count == AuditLog.batch { continue }
            guard position == head.sequence else { return .broken(at: position + 1, reason: .missing) }
            guard head.isGenuine, previous == head.hash else {
                return .broken(at: position, reason: .alteredHead)
            }
            if let mark, mark.sequence > position { return .broken(at: mark.sequence, reason: .missing) }
            return .unbroken(entries: count, head: AuditMark(sequence: position, hash: previous))
        }
    }

    /// The newest entries, newest first. The read itself is recorded in the log.
    package func newest(
        _ filter: AuditFilter, limit: Int, by user: String, at now: Timestamp
    ) async throws -> [ChainedAuditEntry] {
        let entries = try await store.systemRead { try $0.newestAuditEntries(filter, limit: limit) }
        try await note(.auditListed, by: user, at: now)
        return entries
    }

    /// Exports every entry, oldest first. The export itself is recorded in the log before it starts.
    package func export(
        _ filter: AuditFilter, by user: String, at now: Timestamp, _ write: (ChainedAuditEntry, [UInt8]) throws -> Void
    ) async throws {
        try await note(.auditExported, by: user, at: now)
        var position: Int64 = 0
        while true {
            let from = position
            let entries = try await store.systemRead { scope in
                try scope.auditEntries(filter, after: from, limit: AuditLog.batch).map { entry in
                    (entry, try scope.auditHash(before: entry.sequence))
                }
            }
            for (entry, previous) in entries {
                try write(entry, previous)
                position = entry.sequence
            }
            if entries.count < AuditLog.batch { return }
        }
    }

    /// The id of a tenant by its name, or by its uuid, which may belong to a deleted tenant.
    package func tenantID(_ text: String) async throws -> TenantID? {
        if let id = TenantID(text) { return id }
        return try await store.systemRead { try $0.tenant(named: text)?.id }
    }

    private func note(_ action: AuditAction, by user: String, at now: Timestamp) async throws {
        let origin = AuditOrigin(actor: .operator(user), requestID: nil)
        try await AuditOrigin.$current.withValue(origin) {
            try await store.systemWrite(.log) { $0.audit(action, [], at: now) }
        }
    }
}
