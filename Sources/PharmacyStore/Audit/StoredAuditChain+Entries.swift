internal import PharmacyDomain

extension StoredAuditChain {
    private static let columns: SQL =
        "SELECT sequence, at, tenant, actor, action, subjects, request, hash FROM audit_entries"

    /// Entries after `position`, oldest first.
    func entries(_ filter: AuditFilter, after position: Int64, limit: Int) throws -> [ChainedAuditEntry] {
        try entries(filter, from: "WHERE sequence > $1", position, order: "ORDER BY sequence LIMIT $2", limit)
    }

    /// The newest entries, newest first.
    func newest(_ filter: AuditFilter, limit: Int) throws -> [ChainedAuditEntry] {
        try entries(filter, from: "WHERE sequence > $1", 0, order: "ORDER BY sequence DESC LIMIT $2", limit)
    }

    /// The newest entries before a position, newest first.
    /// - Parameter count: how many entries of the whole log are examined at the most.
    /// - Returns: the entries, and the position from which the search continues; `nil` at the end of the log.
    func newest(
        _ filter: AuditFilter, before position: Int64?, limit: Int, examining count: Int64
    ) throws -> (entries: [ChainedAuditEntry], next: Int64?) {
        // SQLite reads the whole table for a statement with both.
        let ends = try db.row(
            "SELECT (SELECT MIN(sequence) FROM audit_entries), (SELECT MAX(sequence) FROM audit_entries)", []
        ) {
            (first: try $0.optionalInteger(0), last: try $0.optionalInteger(1))
        }
        guard let first = ends?.first, let last = ends?.last else { return ([], nil) }
        // Numbers have no gaps.
        let end = min(position ?? last + 1, last + 1)
        let start = max(first, end - count)
        let found = try entries(
            filter, from: "WHERE sequence >= $1 AND sequence < $3", start, before: end,
            order: "ORDER BY sequence DESC LIMIT $2", limit)
        if found.count == limit { return (found, found.last?.sequence) }
        return (found, start > first ? start : nil)
    }

    /// Entries per statement of `hashes(of:)`.
    private static let hashesPerStatement = 64

    /// The hashes of entries, by their numbers. Numbers without an entry are left out.
    func hashes(of sequences: Set<Int64>) throws -> [Int64: [UInt8]] {
        let sorted = sequences.sorted()
        let size = StoredAuditChain.hashesPerStatement
        // One statement for every number of entries: the last number fills the unused parameters.
        let binds = (2...size).reduce(SQL.bind(1)) { $0 + "," + .bind($1) }
        let statement = "SELECT sequence, hash FROM audit_entries WHERE sequence IN (" + binds + ")"
        var hashes: [Int64: [UInt8]] = [:]
        for start in stride(from: 0, to: sorted.count, by: size) {
            let batch = sorted[start..<min(start + size, sorted.count)]
            let filling = repeatElement(sorted[batch.endIndex - 1], count: size - batch.count)
            let found = try db.rows(statement, (batch + filling).map(SQLValue.integer)) {
                (try $0.integer(0), try $0.blob(1))
            }
            for (sequence, hash) in found { hashes[sequence] = hash }
        }
        return hashes
    }

    private func entries(
        _ filter: AuditFilter, from start: SQL, _ position: Int64, before end: Int64? = nil, order: SQL, _ limit: Int
    ) throws -> [ChainedAuditEntry] {
        var conditions = start
        var binds: [SQLValue] = [.integer(position), SQLValue(limit)] + (end.map { [.integer($0)] } ?? [])
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
        return try db.rows(StoredAuditChain.columns + conditions + order, binds, ChainedAuditEntry.init)
    }
}

extension ChainedAuditEntry {
    /// Reads the columns of `StoredAuditChain.columns`.
    fileprivate init(_ row: any SQLRow) throws {
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
        self.init(sequence: sequence, entry: entry, hash: try row.blob(7))
    }
}
