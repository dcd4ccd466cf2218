package import PharmacyDomain
package import PharmacyStore

/// What an operator does with the audit log; also while the server runs.
package struct AuditLog: Sendable {
    private let store: Store

    package init(store: Store) {
        self.store = store
    }

    /// Lines read in one go.
    private static let batch = 1_000

    /// Walks the whole chain. Entries that retention removes meanwhile are skipped.
    ///
    /// A log that was cut at the end of a commit and has no checkpoint after it is unbroken in itself: the anchors find
    /// that (`AuditAnchors`).
    /// - Parameter mark: a line noted earlier, which must still be there, unless retention has removed it: finds a
    ///   database that was put back to an earlier state as a whole.
    package func verify(against mark: AuditMark? = nil) async throws -> AuditVerdict {
        let start = try await store.systemRead { try $0.auditHead() }
        guard start.isCheckpointGenuine else { return .broken(at: start.sequence, reason: .alteredHead) }
        var (position, previous) = (start.prunedSequence, start.prunedHash)
        var count: Int64 = 0
        while true {
            let from = position
            let (head, lines, chain) = try await store.systemRead { scope in
                let head = try scope.auditHead()
                let lines = try scope.auditEntries(
                    after: max(from, head.prunedSequence), limit: AuditLog.batch)
                return (head, lines, try scope.auditChain)
            }
            guard head.isCheckpointGenuine else { return .broken(at: head.sequence, reason: .alteredHead) }
            if head.prunedSequence > position { (position, previous) = (head.prunedSequence, head.prunedHash) }
            for line in lines {
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
            if lines.count == AuditLog.batch { continue }
            guard position == head.sequence else { return .broken(at: position + 1, reason: .missing) }
            guard head.isGenuine, previous == head.hash else {
                return .broken(at: position, reason: .alteredHead)
            }
            if let mark, mark.sequence > position { return .broken(at: mark.sequence, reason: .missing) }
            return .unbroken(entries: count, head: AuditMark(sequence: position, hash: previous))
        }
    }

    /// The newest lines, newest first; that they were looked at is a line itself.
    package func newest(
        _ filter: AuditFilter, limit: Int, by user: String, at now: Timestamp
    ) async throws -> [ChainedAuditEntry] {
        let lines = try await store.systemRead { try $0.newestAuditEntries(filter, limit: limit) }
        try await note(.auditListed, by: user, at: now)
        return lines
    }

    /// Hands on every line, oldest first; that they were handed out is a line itself, written before.
    package func export(
        _ filter: AuditFilter, by user: String, at now: Timestamp, _ write: (ChainedAuditEntry, [UInt8]) throws -> Void
    ) async throws {
        try await note(.auditExported, by: user, at: now)
        var position: Int64 = 0
        while true {
            let from = position
            let lines = try await store.systemRead { scope in
                try scope.auditEntries(filter, after: from, limit: AuditLog.batch).map { line in
                    (line, try scope.auditHash(before: line.sequence))
                }
            }
            for (line, previous) in lines {
                try write(line, previous)
                position = line.sequence
            }
            if lines.count < AuditLog.batch { return }
        }
    }

    /// The tenant with a name, or with a uuid, which needs not exist any more.
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
