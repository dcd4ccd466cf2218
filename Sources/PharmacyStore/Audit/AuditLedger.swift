internal import PharmacyDomain

/// The audit log's rows, for the extent of a transaction.
struct AuditLedger {
    let db: any SQLConnection
    let keys: AuditChainKeys
    /// Learns of what was added, once it is committed.
    var memory: AuditMemory?

    // MARK: The head

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

    /// The end of the log is its newest entry, sought from the end of the primary key: a reader's open snapshot leaves no
    /// row behind there that would have to be walked past, as it did when each commit updated one row.
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
        /// `nil` within a commit, after a head that was not genuine, and in entries of before there were seals.
        let seal: [UInt8]?
    }

    private func headEnding(
        with end: End?, _ checkpoint: AuditCheckpoint, isCheckpointGenuine: Bool, in chain: AuditChain
    ) -> AuditHead {
        guard let end, end.sequence >= checkpoint.sequence else {
            // Without an entry after the checkpoint the log has to end there, where retention has removed everything.
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
            // The end of a log that was written before entries had seals: the head of that time is the checkpoint.
            isEnd = end.sequence == checkpoint.sequence && end.hash == checkpoint.hash
        }
        return AuditHead(
            sequence: end.sequence, hash: end.hash, isCheckpointGenuine: isCheckpointGenuine,
            isGenuine: isCheckpointGenuine && isEnd, checkpoint: checkpoint)
    }

    /// Stores a checkpoint. One that is taken from an altered head gets no seal, or it would cover the alteration up; the
    /// server goes on, and `audit verify` goes on finding it.
    private func keep(_ checkpoint: AuditCheckpoint, sealed: Bool, in chain: AuditChain) throws {
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

    /// The head, while nobody else writes a checkpoint. Entries may be added meanwhile: what a checkpoint says of an
    /// earlier one stays true.
    private func stateForCheckpoint() throws -> (head: AuditHead, chain: AuditChain) {
        _ = try db.row("SELECT id FROM audit_head FOR UPDATE", []) { try $0.integer(0) }
        return try state()
    }

    // MARK: Writing

    /// Adds entries after the last one; the last of them is sealed as the end of a commit, unless the head that it follows
    /// is not genuine. On a database server the caller holds the lock of the log's end
    /// (`TransactionalConnection.lockAuditLog`), for which all writers wait: it comes last in a transaction.
    func append(_ events: [AuditEvent]) throws {
        guard !events.isEmpty else { return }
        let (head, chain) = try state()
        try append(events, after: head, isGenuine: head.isGenuine, in: chain)
    }

    /// Replaces the chain's key: the entries from this one on are under the new one. Nothing else may be written meanwhile
    /// (`WriteScope.everything`), on any node; the others find the new key when they next read the log's end.
    /// - Parameters:
    ///   - bytes: 32 random bytes.
    ///   - event: says so, as the key's first entry.
    func replaceKey(with bytes: [UInt8], noting event: AuditEvent, at now: Timestamp) throws {
        let head = try stateForCheckpoint().head
        try keys.add(bytes, first: head.sequence + 1, at: now, in: db)
        // The key in use vouches for checkpoints; the end before its first entry is none of a log that has it.
        let chain = try state().chain
        var checkpoint = head.checkpoint
        (checkpoint.sequence, checkpoint.hash) = (head.sequence, head.hash)
        try keep(checkpoint, sealed: head.isGenuine, in: chain)
        try append([event], after: head, isGenuine: head.isGenuine, in: chain)
    }

    private func append(
        _ events: [AuditEvent], after head: AuditHead, isGenuine: Bool, in chain: AuditChain
    ) throws {
        var (sequence, hash) = (head.sequence, head.hash)
        for (index, event) in events.enumerated() {
            let entry = AuditEntry(sequence: sequence + 1, event: event)
            hash = chain.hash(entry, after: hash)
            sequence = entry.sequence
            let isEnd = isGenuine && index == events.count - 1
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
        if let memory {
            let end = AuditPosition(sequence: sequence, hash: hash)
            db.afterCommit { memory.appended(end) }
        }
    }

    /// Notes in the database how far the log has come; where the head is not genuine, nothing.
    func checkpoint() throws {
        let (head, chain) = try stateForCheckpoint()
        guard head.isGenuine, head.sequence > head.checkpoint.sequence else { return }
        var checkpoint = head.checkpoint
        (checkpoint.sequence, checkpoint.hash) = (head.sequence, head.hash)
        try keep(checkpoint, sealed: true, in: chain)
    }

    /// Removes the oldest entries up to the first that is not older than `cutoff`, and stores the number and the hash of
    /// the last of them, after which the chain goes on.
    /// - Returns: how many entries went.
    func prune(before cutoff: Timestamp, limit: Int) throws -> Int {
        let (head, chain) = try stateForCheckpoint()
        // From where the last removal ended, past what it left in the index for readers of older snapshots.
        let oldest = try db.rows(
            "SELECT sequence, at, hash FROM audit_entries WHERE sequence > $1 ORDER BY sequence LIMIT $2",
            [.integer(head.prunedSequence), SQLValue(limit)]
        ) { (sequence: try $0.integer(0), at: try $0.integer(1), hash: try $0.blob(2)) }
        let expired = oldest.prefix { $0.at < cutoff.milliseconds }
        guard let last = expired.last else { return 0 }
        // The checkpoint goes along: it must not fall among what is removed.
        try keep(
            AuditCheckpoint(
                sequence: head.sequence, hash: head.hash, prunedSequence: last.sequence, prunedHash: last.hash),
            sealed: head.isGenuine, in: chain)
        try db.send("DELETE FROM audit_entries WHERE sequence <= $1", [.integer(last.sequence)])
        return expired.count
    }

    // MARK: Reading

    private static let columns: SQL =
        "SELECT sequence, at, tenant, actor, action, subjects, request, hash FROM audit_entries"

    /// Lines behind `position`, oldest first.
    func entries(_ filter: AuditFilter, after position: Int64, limit: Int) throws -> [ChainedAuditEntry] {
        try entries(filter, from: "WHERE sequence > $1", position, order: "ORDER BY sequence LIMIT $2", limit)
    }

    /// The newest lines, newest first.
    func newest(_ filter: AuditFilter, limit: Int) throws -> [ChainedAuditEntry] {
        try entries(filter, from: "WHERE sequence > $1", 0, order: "ORDER BY sequence DESC LIMIT $2", limit)
    }

    /// Entries sought by one statement.
    private static let sought = 64

    /// The hashes of the entries that are there among some.
    func hashes(of sequences: Set<Int64>) throws -> [Int64: [UInt8]] {
        let sorted = sequences.sorted()
        // One statement for all, whatever their number: the last stands in for what is missing to fill it.
        let binds = (2...AuditLedger.sought).reduce(SQL.bind(1)) { $0 + "," + .bind($1) }
        let statement = "SELECT sequence, hash FROM audit_entries WHERE sequence IN (" + binds + ")"
        var hashes: [Int64: [UInt8]] = [:]
        for start in stride(from: 0, to: sorted.count, by: AuditLedger.sought) {
            let some = sorted[start..<min(start + AuditLedger.sought, sorted.count)]
            let filling = repeatElement(sorted[some.endIndex - 1], count: AuditLedger.sought - some.count)
            let found = try db.rows(statement, (some + filling).map(SQLValue.integer)) {
                (try $0.integer(0), try $0.blob(1))
            }
            for (sequence, hash) in found { hashes[sequence] = hash }
        }
        return hashes
    }

    private func entries(
        _ filter: AuditFilter, from start: SQL, _ position: Int64, order: SQL, _ limit: Int
    ) throws -> [ChainedAuditEntry] {
        var conditions = start
        var binds: [SQLValue] = [.integer(position), SQLValue(limit)]
        func narrow(_ condition: SQL, _ value: SQLValue?) {
            guard let value else { return }
            binds.append(value)
            conditions = conditions + "AND" + condition + .bind(binds.count)
        }
        narrow("tenant =", filter.tenant.map { .text($0.description) })
        narrow("action =", filter.action.map { .text($0.rawValue) })
        narrow("actor =", filter.actor.map { .text($0.description) })
        narrow("request =", filter.requestID.map { .text($0) })
        narrow("at >=", filter.since.map { .integer($0.milliseconds) })
        narrow("at <=", filter.until.map { .integer($0.milliseconds) })
        if let subject = filter.subject {
            binds.append(.text(" \(subject) "))
            conditions = conditions + "AND instr(' ' || subjects || ' '," + .bind(binds.count) + ") > 0"
        }
        return try db.rows(AuditLedger.columns + conditions + order, binds, AuditLedger.entry)
    }

    private static func entry(_ row: any SQLRow) throws -> ChainedAuditEntry {
        let sequence = try row.integer(0)
        let tenant = try row.optionalText(2)
        let subjects = try row.text(5)
        var entry: AuditEntry?
        if let actor = AuditActor(try row.text(3)), let action = AuditAction(rawValue: try row.text(4)),
            tenant.map({ TenantID($0)?.description == $0 }) ?? true
        {
            entry = AuditEntry(
                sequence: sequence,
                event: AuditEvent(
                    at: try row.timestamp(1), tenant: tenant.flatMap(TenantID.init),
                    actor: actor, action: action,
                    subjects: subjects.isEmpty
                        ? [] : subjects.split(separator: " ", omittingEmptySubsequences: false).map(String.init),
                    requestID: try row.optionalText(6)))
        }
        return ChainedAuditEntry(sequence: sequence, entry: entry, hash: try row.blob(7))
    }
}
