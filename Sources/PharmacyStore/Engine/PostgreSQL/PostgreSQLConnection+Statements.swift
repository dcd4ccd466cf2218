#if PostgreSQL
internal import CLibPQ
internal import PharmacyDomain

extension PostgreSQLConnection {
    /// Runs statements without binds immediately.
    /// - Returns: the command's tag.
    @discardableResult
    func execute(_ text: String) throws -> String {
        let result = try query(text)
        defer { PQclear(result) }
        return PostgreSQLConnection.tag(of: result)
    }

    /// Runs statements without binds immediately.
    /// - Returns: the first value of the last statement's first row, as text; empty where there is none.
    func value(_ text: String) throws -> String {
        let result = try query(text)
        defer { PQclear(result) }
        guard PQntuples(result) > 0, PQnfields(result) > 0 else { return "" }
        return PQgetvalue(result, 0, 0).map { String(cString: $0) } ?? ""
    }

    func send(_ sql: SQL, _ binds: [SQLValue]) throws {
        ahead = []
        unsent.append(Unsent(sql: sql, binds: binds))
    }

    func readAhead(_ reads: () -> [SQLRead]) throws {
        ahead = []
        let reads = reads()
        guard reads.count > 1 else { return }
        unsent += reads.map { Unsent(sql: $0.sql, binds: $0.binds, isAhead: true) }
        try flush()
    }

    @discardableResult
    func run(_ sql: SQL, _ binds: [SQLValue]) throws -> Int {
        if sql.isForSQLiteAlone { return 0 }
        let result = try perform(sql, binds)
        defer { PQclear(result) }
        return PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
    }

    func forEachRow(of sql: SQL, _ binds: [SQLValue], _ visit: (any SQLRow) throws -> Void) throws {
        if let index = ahead.firstIndex(where: { $0.sql == sql && $0.binds == binds }) {
            let read = ahead.remove(at: index)
            return try PostgreSQLConnection.visitRows(of: read.result, visit)
        }
        let result = try perform(sql, binds)
        defer { PQclear(result) }
        try PostgreSQLConnection.visitRows(of: result, visit)
    }

    private static func visitRows(of result: OpaquePointer?, _ visit: (any SQLRow) throws -> Void) throws {
        for row in 0..<PQntuples(result) { try visit(PostgreSQLRow(result: result, row: row)) }
    }

    func flush() throws {
        guard !unsent.isEmpty else { return }
        PQclear(try sendAll())
    }

    /// Sends a statement without waiting for its outcome, which `settle` receives.
    func sendAhead(_ sql: SQL) throws {
        guard let handle else { throw lost() }
        let name = try prepare(sql)
        guard PQsendQueryPrepared(handle, name, 0, nil, nil, nil, 1) == 1 else { throw lost() }
        isEnding = true
    }

    /// Receives the outcome of the statement that was sent ahead.
    func settle() throws {
        guard isEnding else { return }
        isEnding = false
        while let result = try receive() { PQclear(result) }
    }

    private func perform(_ sql: SQL, _ binds: [SQLValue]) throws -> OpaquePointer? {
        // The statement may write, although it returns rows.
        ahead = []
        if statements[sql.key] == nil, let change = PostgreSQLDialect.schemaChange(sql) {
            try flush()
            return try query(change)
        }
        unsent.append(Unsent(sql: sql, binds: binds))
        return try sendAll()
    }

    private func query(_ text: String) throws -> OpaquePointer? {
        guard let handle, !isLost, PQsendQuery(handle, text) == 1 else { throw lost() }
        return try checked(try results())
    }

    private func checked(_ result: OpaquePointer?) throws -> OpaquePointer? {
        do {
            try check(result)
        } catch {
            PQclear(result)
            throw error
        }
        lastCommand = PostgreSQLConnection.tag(of: result)
        return result
    }

    // MARK: Round trips

    /// Sends all waiting statements in one round trip.
    /// - Returns: the result of the last statement.
    private func sendAll() throws -> OpaquePointer? {
        let waiting = unsent
        unsent = []
        guard let handle, !isLost, PQstatus(handle) == CONNECTION_OK else { throw lost() }
        if PQtransactionStatus(handle) != PQTRANS_INERROR { try makeRoom(for: waiting.count) }
        if waiting.count == 1, let only = waiting.first {
            let name = try prepare(only.sql)
            guard PostgreSQLConnection.send(name, only.binds, on: handle) else { throw lost() }
            return try checked(try results())
        }
        guard PQenterPipelineMode(handle) == 1 else { throw lost() }
        var steps: [Step] = []
        var named: [SQL.Key: String] = [:]
        for statement in waiting {
            var name = statements[statement.sql.key] ?? named[statement.sql.key]
            if name == nil {
                let fresh = newName()
                guard PQsendPrepare(handle, fresh, PostgreSQLDialect.render(statement.sql), 0, nil) == 1 else {
                    throw lost()
                }
                steps.append(.preparation(statement.sql, fresh))
                named[statement.sql.key] = fresh
                name = fresh
            }
            guard let name, PostgreSQLConnection.send(name, statement.binds, on: handle) else { throw lost() }
            steps.append(.statement(statement))
        }
        guard PQpipelineSync(handle) == 1 else { throw lost() }
        return try receive(steps, from: handle)
    }

    /// A response of the server in a pipeline.
    private enum Step {
        case preparation(SQL, String)
        case statement(Unsent)
    }

    /// Receives the responses of a pipeline.
    /// - Returns: the last one.
    private func receive(_ steps: [Step], from handle: OpaquePointer) throws -> OpaquePointer? {
        var failure: (any Error)?
        var last: OpaquePointer?
        do {
            for step in steps {
                let result = try receive()
                PQclear(last)
                last = result
                // The end of this statement's results.
                if let extra = try receive() { PQclear(extra) }
                guard failure == nil else { continue }
                do {
                    try check(result)
                    switch step {
                    case .preparation(let sql, let name): statements.insert(name, for: sql.key)
                    case .statement(let statement) where statement.isAhead:
                        ahead.append(ReadAhead(statement, result: result))
                        last = nil
                    case .statement: break
                    }
                } catch {
                    failure = error
                    if case .statement(let statement) = step, isLockTimeout(result) { lockedOut = statement.lock }
                }
                if PQstatus(handle) != CONNECTION_OK { break }
            }
            if PQstatus(handle) == CONNECTION_OK {
                // The result that marks the end of the pipeline.
                let end = try receive()
                let isEnd = PQresultStatus(end) == PGRES_PIPELINE_SYNC
                PQclear(end)
                if !isEnd || PQexitPipelineMode(handle) != 1 { failure = failure ?? lost() }
            }
        } catch {
            // The loss of the connection is more informative than an earlier statement's error, unless that error is its cause.
            if (failure as? StoreError)?.fault == nil { failure = error }
        }
        if let failure {
            PQclear(last)
            throw failure
        }
        lastCommand = PostgreSQLConnection.tag(of: last)
        return last
    }

    private func isLockTimeout(_ result: OpaquePointer?) -> Bool {
        PQresultErrorField(result, Int32(UP_PG_DIAG_SQLSTATE)).map { String(cString: $0) }
            == PostgreSQLDialect.lockTimeout
    }

    private static func send(_ name: String, _ binds: [SQLValue], on handle: OpaquePointer) -> Bool {
        PostgreSQLParameters(binds).withPointers { values, lengths, formats in
            PQsendQueryPrepared(handle, name, Int32(binds.count), values, lengths, formats, 1) == 1
        }
    }

    // MARK: Prepared statements

    private func prepare(_ sql: SQL) throws -> String {
        if let name = statements[sql.key] { return name }
        guard let handle else { throw lost() }
        let name = newName()
        guard PQsendPrepare(handle, name, PostgreSQLDialect.render(sql), 0, nil) == 1 else { throw lost() }
        PQclear(try checked(try results()))
        statements.insert(name, for: sql.key)
        return name
    }

    private func newName() -> String {
        nextStatement += 1
        return "s\(nextStatement)"
    }

    /// Deallocates the oldest statements, so that there is room for `count` new ones.
    private func makeRoom(for count: Int) throws {
        while statements.count + count > statements.capacity, let oldest = statements.elements.first {
            try execute("DEALLOCATE \(oldest.value)")
            statements.removeValue(for: oldest.key)
        }
    }

    private static func tag(of result: OpaquePointer?) -> String {
        PQcmdStatus(result).map { String(cString: $0) } ?? ""
    }

    // MARK: Errors

    /// Marks the connection as lost: the next transaction makes it again. The open transaction has no effect, unless it was
    /// being committed.
    func lost(_ fault: StoreFault = PostgreSQLFault.connectionLost) -> StoreError {
        isRetryable = true
        isLost = true
        return .unavailable(fault)
    }

    private func check(_ result: OpaquePointer?) throws {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: return
        default: break
        }
        guard let state = PQresultErrorField(result, Int32(UP_PG_DIAG_SQLSTATE)).map({ String(cString: $0) })
        else { throw lost() }
        let isUnfit =
            PostgreSQLDialect.endsConnection(sqlState: state) || PostgreSQLDialect.isOutdated(sqlState: state)
            || role == .writer && PostgreSQLDialect.isOfStandby(sqlState: state)
        guard let handle, PQstatus(handle) == CONNECTION_OK, !isUnfit else {
            throw lost(PostgreSQLFault.fault(sqlState: state))
        }
        if PostgreSQLDialect.isRetryable(sqlState: state) { isRetryable = true }
        throw PostgreSQLDialect.error(sqlState: state)
    }
}
#endif
