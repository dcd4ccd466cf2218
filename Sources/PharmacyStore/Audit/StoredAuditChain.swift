internal import PharmacyDomain

/// The audit chain as the database stores it, within a transaction.
struct StoredAuditChain {
    let db: any SQLConnection
    let keys: AuditChainKeys
    /// Notes the end of what is appended, after the commit.
    var appended: AppendedAuditEntries?

    /// Starts the chain of a new database.
    func begin() throws {
        let checkpoint = AuditCheckpoint()
        let chain = try keys.chain(successors: 0, in: db)
        try db.send(
            """
            INSERT INTO audit_head (id, checkpoint_sequence, checkpoint_hash, pruned_sequence, pruned_hash, seal)
            VALUES (1, $1, $2, $3, $4, $5)
            """, values(checkpoint, seal: chain.seal(checkpoint)))
    }

    // MARK: The head

    /// The ends of the log. The newest entry is found from the end of the primary key. If each commit updated a row of its own
    /// instead, a reader's open snapshot would make every commit walk past all versions of that row.
    func head() throws -> AuditHead { try state().head }

    /// The chain with the keys that the database has.
    func chain() throws -> AuditChain { try state().chain }

    private func state() throws -> (head: AuditHead, chain: AuditChain) {
        let row = try db.row(
            """
            SELECT h.checkpoint_sequence, h.checkpoint_hash, h.pruned_sequence, h.pruned_hash, h.seal,
                e.sequence, e.hash, e.seal, (SELECT COUNT(*) FROM wrapped_keys WHERE purpose = $1)
            FROM audit_head h LEFT JOIN audit_entries e ON e.sequence = (SELECT MAX(sequence) FROM audit_entries)
            """, [.text(Keyring.Purpose.audit.rawValue)]
        ) { row in
            let checkpoint = AuditCheckpoint(
                sequence: try row.integer(0), hash: try row.blob(1), prunedSequence: try row.integer(2),
                prunedHash: try row.blob(3))
            let end = try row.optionalInteger(5).map { sequence in
                End(sequence: sequence, hash: try row.blob(6), seal: try row.optionalBlob(7))
            }
            return (
                checkpoint: checkpoint, seal: try row.blob(4), end: end, successors: Int(try row.integer(8))
            )
        }
        guard let row else { throw StoreError.broken("the audit log has lost its head") }
        let chain = try keys.chain(successors: row.successors, in: db)
        let isGenuine = TokenHash.areEqual(row.seal, chain.seal(row.checkpoint))
        return (headEnding(with: row.end, row.checkpoint, isCheckpointGenuine: isGenuine, in: chain), chain)
    }

    /// The newest entry.
    private struct End {
        let sequence: Int64
        let hash: [UInt8]
        /// `nil` within a commit, after a head that was not genuine, and in entries of versions without seals.
        let seal: [UInt8]?
    }

    private func headEnding(
        with end: End?, _ checkpoint: AuditCheckpoint, isCheckpointGenuine: Bool, in chain: AuditChain
    ) -> AuditHead {
        guard let end, end.sequence >= checkpoint.sequence else {
            // A log without an entry after the checkpoint must end at the checkpoint, with all entries removed by retention.
            let isEmpty = end == nil && checkpoint.sequence == checkpoint.prunedSequence
            return AuditHead(
                sequence: checkpoint.sequence, hash: checkpoint.hash, isCheckpointGenuine: isCheckpointGenuine,
                isGenuine: isCheckpointGenuine && isEmpty && checkpoint.hash == checkpoint.prunedHash,
                checkpoint: checkpoint)
        }
        let isEnd: Bool
        if end.sequence < chain.newestFirst {
            isEnd = false
        } else if let seal = end.seal {
            isEnd = TokenHash.areEqual(seal, chain.seal(endAt: end.sequence, hash: end.hash))
        } else {
            // The last entry of a version without seals: the checkpoint was that version's head.
            isEnd = end.sequence == checkpoint.sequence && end.hash == checkpoint.hash
        }
        return AuditHead(
            sequence: end.sequence, hash: end.hash, isCheckpointGenuine: isCheckpointGenuine,
            isGenuine: isCheckpointGenuine && isEnd, checkpoint: checkpoint)
    }

    // MARK: Appending

    /// Appends entries. The last one is sealed as the end of a commit, unless the head before it is not genuine. On a database
    /// server the caller holds the lock of the log's end (`TransactionalConnection.lockAuditLog`), for which all writers wait:
    /// this is the last statement of a transaction.
    func append(_ events: [AuditEvent]) throws {
        guard !events.isEmpty else { return }
        let (head, chain) = try state()
        try append(events, after: head, in: chain)
    }

    private func append(_ events: [AuditEvent], after head: AuditHead, in chain: AuditChain) throws {
        var (sequence, hash) = (head.sequence, head.hash)
        for (index, event) in events.enumerated() {
            let entry = AuditEntry(sequence: sequence + 1, event: event)
            hash = chain.hash(entry, after: hash)
            sequence = entry.sequence
            let isEnd = head.isGenuine && index == events.count - 1
            try db.send(
                """
                INSERT INTO audit_entries (sequence, at, tenant, actor, action, subjects, request, hash, seal)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                """,
                [
                    .integer(sequence), .integer(event.at.milliseconds),
                    SQLValue(event.tenant?.description), .text(event.actor.description),
                    .text(event.action.rawValue), .text(event.subjects.joined(separator: " ")),
                    SQLValue(event.requestID), .blob(hash),
                    SQLValue(isEnd ? chain.seal(endAt: sequence, hash: hash) : nil),
                ])
        }
        if let appended {
            let end = AuditMark(sequence: sequence, hash: hash)
            db.afterCommit { appended.appended(end) }
        }
    }

    /// Rotates the chain's key: the entries from this one on are under the new key. It must be the only write
    /// (`WriteScope.everything`) on any node. Other nodes load the new key when they next read the log's end.
    /// - Parameters:
    ///   - bytes: 32 random bytes.
    ///   - event: records the rotation, as the first entry under the new key.
    func rotateKey(with bytes: [UInt8], noting event: AuditEvent, at now: Timestamp) throws {
        let head = try stateForCheckpoint().head
        try keys.add(bytes, first: head.sequence + 1, at: now, in: db)
        // The new key seals the checkpoint. A log that has the new key must not end before the key's first entry.
        let chain = try state().chain
        try store(head.checkpoint.moved(to: head), sealed: head.isGenuine, in: chain)
        try append([event], after: head, in: chain)
    }

    // MARK: Checkpoints and retention

    /// Stores a checkpoint at the end of the log. Where the head is not genuine, it does nothing.
    func checkpoint() throws {
        let (head, chain) = try stateForCheckpoint()
        guard head.isGenuine, head.sequence > head.checkpoint.sequence else { return }
        try store(head.checkpoint.moved(to: head), sealed: true, in: chain)
    }

    /// Removes the oldest entries up to the first that is not older than `cutoff`, and stores the number and the hash of the last
    /// removed one, after which the chain continues.
    /// - Returns: how many entries were removed.
    func prune(before cutoff: Timestamp, limit: Int) throws -> Int {
        let (head, chain) = try stateForCheckpoint()
        // Starts after the last removal, past index entries that are retained for readers of older snapshots.
        let oldest = try db.rows(
            "SELECT sequence, at, hash FROM audit_entries WHERE sequence > $1 ORDER BY sequence LIMIT $2",
            [.integer(head.prunedSequence), SQLValue(limit)]
        ) { (sequence: try $0.integer(0), at: try $0.integer(1), hash: try $0.blob(2)) }
        let expired = oldest.prefix { $0.at < cutoff.milliseconds }
        guard let last = expired.last else { return 0 }
        // The checkpoint moves to the end, because it must not be among the removed entries.
        try store(
            AuditCheckpoint(
                sequence: head.sequence, hash: head.hash, prunedSequence: last.sequence, prunedHash: last.hash),
            sealed: head.isGenuine, in: chain)
        try db.send("DELETE FROM audit_entries WHERE sequence <= $1", [.integer(last.sequence)])
        return expired.count
    }

    /// Stores a checkpoint.
    /// - Parameter sealed: `false` for a head that is not genuine: a seal would conceal the alteration. The server continues, and
    ///   `audit verify` keeps reporting it.
    private func store(_ checkpoint: AuditCheckpoint, sealed: Bool, in chain: AuditChain) throws {
        try db.send(
            """
            UPDATE audit_head SET checkpoint_sequence = $1, checkpoint_hash = $2, pruned_sequence = $3,
                pruned_hash = $4, seal = $5
            WHERE id = 1
            """, values(checkpoint, seal: sealed ? chain.seal(checkpoint) : []))
    }

    private func values(_ checkpoint: AuditCheckpoint, seal: [UInt8]) -> [SQLValue] {
        [
            .integer(checkpoint.sequence), .blob(checkpoint.hash), .integer(checkpoint.prunedSequence),
            .blob(checkpoint.prunedHash), .blob(seal),
        ]
    }

    /// The head, locked against other checkpoints. Entries may still be appended meanwhile: a checkpoint at an earlier entry
    /// stays true.
    private func stateForCheckpoint() throws -> (head: AuditHead, chain: AuditChain) {
        _ = try db.row("SELECT id FROM audit_head FOR UPDATE", []) { try $0.integer(0) }
        return try state()
    }
}
