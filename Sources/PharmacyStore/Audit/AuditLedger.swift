internal import PharmacyDomain

/// The audit log's rows, for the extent of a transaction.
struct AuditLedger {
    let db: any SQLConnection
    let chain: AuditChain

    // MARK: The head

    /// Starts the chain of a new database.
    func begin() throws {
        let head = AuditHead()
        try db.send(
            """
            INSERT INTO audit_head (id, sequence, hash, pruned_sequence, pruned_hash, seal)
            VALUES (1, $1, $2, $3, $4, $5)
            """, values(head, seal: chain.seal(head)))
    }

    /// The head, and whether its seal is ours.
    /// - Parameter lock: kept as it is for everybody else until the transaction is over.
    func head(lock: Bool = false) throws -> (head: AuditHead, isGenuine: Bool) {
        let select: SQL = "SELECT sequence, hash, pruned_sequence, pruned_hash, seal FROM audit_head"
        let row = try db.row(lock ? select + "FOR UPDATE" : select, []) { row in
            let head = AuditHead(
                sequence: try row.integer(0), hash: try row.blob(1), prunedSequence: try row.integer(2),
                prunedHash: try row.blob(3))
            return (head: head, isGenuine: TokenHash.areEqual(try row.blob(4), chain.seal(head)))
        }
        guard let row else { throw StoreError.broken("the audit log has lost its head") }
        return row
    }

    /// Keeps a new head. One that follows an altered head gets no seal, or the next line would cover the alteration up;
    /// the server goes on, and `audit verify` goes on finding it.
    private func keep(_ head: AuditHead, sealed: Bool) throws {
        try db.send(
            """
            UPDATE audit_head SET sequence = $1, hash = $2, pruned_sequence = $3, pruned_hash = $4, seal = $5
            WHERE id = 1
            """, values(head, seal: sealed ? chain.seal(head) : []))
    }

    private func values(_ head: AuditHead, seal: [UInt8]) -> [SQLValue] {
        [
            .integer(head.sequence), .blob(head.hash), .integer(head.prunedSequence), .blob(head.prunedHash),
            .blob(seal),
        ]
    }

    // MARK: Writing

    /// Adds lines behind the last one. All writers wait for its end: it comes last in a transaction.
    func append(_ events: [AuditEvent]) throws {
        guard !events.isEmpty else { return }
        var (head, isGenuine) = try head(lock: true)
        for event in events {
            let entry = AuditEntry(sequence: head.sequence + 1, event: event)
            head.hash = chain.hash(entry, after: head.hash)
            head.sequence = entry.sequence
            try db.send(
                """
                INSERT INTO audit_entries (sequence, at, tenant, actor, action, subjects, request, hash)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                """,
                [
                    .integer(entry.sequence), .integer(event.at.milliseconds),
                    SQLValue(event.tenant?.description), .text(event.actor.description),
                    .text(event.action.rawValue), .text(event.subjects.joined(separator: " ")),
                    SQLValue(event.requestID), .blob(head.hash),
                ])
        }
        try keep(head, sealed: isGenuine)
    }

    /// Removes the oldest lines up to the first that is not older than `cutoff`, and keeps the number and the hash of
    /// the last of them, behind which the chain goes on.
    /// - Returns: how many lines went.
    func prune(before cutoff: Timestamp, limit: Int) throws -> Int {
        var (head, isGenuine) = try head(lock: true)
        let oldest = try db.rows(
            "SELECT sequence, at, hash FROM audit_entries ORDER BY sequence LIMIT $1", [SQLValue(limit)]
        ) { (sequence: try $0.integer(0), at: try $0.integer(1), hash: try $0.blob(2)) }
        let expired = oldest.prefix { $0.at < cutoff.milliseconds }
        guard let last = expired.last else { return 0 }
        head.prunedSequence = last.sequence
        head.prunedHash = last.hash
        try keep(head, sealed: isGenuine)
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
