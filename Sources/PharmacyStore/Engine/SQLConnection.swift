package import PharmacyDomain

/// One connection, for the extent of one transaction: the whole seam between what is kept and the engine that keeps it.
///
/// Calls block, so they are made on the engine's own threads only. A connection is never passed out of the closure that
/// received it.
package protocol SQLConnection: AnyObject {
    /// Runs a statement and returns how many rows it changed.
    @discardableResult
    func run(_ sql: SQL, _ binds: [SQLValue]) throws -> Int

    /// Runs a statement whose outcome nobody asks for: it may go out with the next one that somebody asks for, or with the
    /// commit. One that fails fails the transaction.
    func send(_ sql: SQL, _ binds: [SQLValue]) throws

    /// Runs a statement and visits each of its rows.
    func forEachRow(of sql: SQL, _ binds: [SQLValue], _ visit: (any SQLRow) throws -> Void) throws

    /// Notifies the channel when, and only when, the transaction has been committed.
    func notify(_ channel: StoreChannel)

    /// Changes process memory when, and only when, the transaction has certainly been committed: what a rolled back
    /// transaction has written must not stay in a cache. Runs before the transaction's caller goes on.
    func afterCommit(_ effect: @escaping @Sendable () -> Void)

    /// Makes process memory forget something at the end of the transaction, also when it is rolled back or when it is not
    /// known whether it was committed. Only for what may be forgotten at any time.
    func afterTransaction(_ effect: @escaping @Sendable () -> Void)

    /// Adds lines to the audit log behind all else that the transaction does: the log's end, for which all writers wait, is
    /// held for no longer than the commit takes.
    func audit(_ events: [AuditEvent])
}

extension SQLConnection {
    /// Runs a statement and reads each of its rows.
    package func rows<Value>(
        _ sql: SQL, _ binds: [SQLValue], _ read: (any SQLRow) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        try forEachRow(of: sql, binds) { values.append(try read($0)) }
        return values
    }

    /// The first row of a statement, or `nil` when it has none.
    package func row<Value>(_ sql: SQL, _ binds: [SQLValue], _ read: (any SQLRow) throws -> Value) throws -> Value? {
        var first: Value?
        try forEachRow(of: sql, binds) { row in
            if first == nil { first = try read(row) }
        }
        return first
    }

    /// The moment that a statement selects, such as the earliest of a column; `nil` when there is none.
    func moment(_ sql: SQL, _ binds: [SQLValue] = []) throws -> Timestamp? {
        try row(sql, binds) { try $0.optionalTimestamp(0) } ?? nil
    }
}

/// Writes the audit lines of a transaction.
package typealias AuditKeeping = @Sendable ([AuditEvent], any SQLConnection) throws -> Void
