package import PharmacyDomain

/// One connection, for the extent of one transaction: the whole interface between the store's data and its engine.
///
/// Calls block, so they are made only on the engine's own threads. A connection is never passed out of the closure that
/// received it.
package protocol SQLConnection: AnyObject {
    /// Runs a statement and returns how many rows it changed.
    @discardableResult
    func run(_ sql: SQL, _ binds: [SQLValue]) throws -> Int

    /// Runs a statement whose result is not needed. It may be sent together with the next statement or with the commit. Its
    /// failure fails the transaction.
    func send(_ sql: SQL, _ binds: [SQLValue]) throws

    /// Announces reads that follow before any other statement, with the same binds: a database server then responds to all of
    /// them in one round trip.
    func readAhead(_ reads: () -> [SQLRead]) throws

    /// Runs a statement and visits each of its rows.
    func forEachRow(of sql: SQL, _ binds: [SQLValue], _ visit: (any SQLRow) throws -> Void) throws

    /// Whether the read runs on its caller's thread, where it may take some microseconds only. One that would take longer throws
    /// `LongRead`, and runs again on a thread of the engine's.
    var isOnCallersThread: Bool { get }

    /// Notifies the channel when, and only when, the transaction has been committed.
    func notify(_ channel: StoreChannel)

    /// Tells those who look at a tenant's records what has changed, when, and only when, the transaction has been committed.
    func note(_ change: TenantChange, of tenant: TenantID)

    /// Changes process memory when, and only when, the transaction has certainly been committed: a cache must not contain what a
    /// rolled back transaction has written. Runs before the transaction's caller is resumed.
    func afterCommit(_ effect: @escaping @Sendable () -> Void)

    /// Removes something from process memory at the end of the transaction, also when it is rolled back or its outcome is
    /// unknown. Only for data that may be removed at any time.
    func afterTransaction(_ effect: @escaping @Sendable () -> Void)

    /// Appends entries to the audit log after all other statements of the transaction, so that the lock of the log's end, for
    /// which all writers wait, is held only during the commit.
    func audit(_ events: [AuditEvent])
}

/// The error of a read that must not continue on its caller's thread. No caller receives it.
struct LongRead: Error {}

/// A statement that reads, with its binds.
package struct SQLRead: Sendable {
    let sql: SQL
    let binds: [SQLValue]

    package init(_ sql: SQL, _ binds: [SQLValue]) {
        self.sql = sql
        self.binds = binds
    }
}

extension SQLConnection {
    package var isOnCallersThread: Bool { false }

    /// An engine in this process has no round trips.
    package func readAhead(_ reads: () -> [SQLRead]) throws {}

    /// Runs a statement and reads each of its rows.
    package func rows<Value>(
        _ sql: SQL, _ binds: [SQLValue], _ read: (any SQLRow) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        try forEachRow(of: sql, binds) { values.append(try read($0)) }
        return values
    }

    /// The first row of a read, or `nil` when it has none.
    func row<Value>(_ read: SQLRead, _ value: (any SQLRow) throws -> Value) throws -> Value? {
        try row(read.sql, read.binds, value)
    }

    /// The first row of a statement, or `nil` when it has none.
    package func row<Value>(_ sql: SQL, _ binds: [SQLValue], _ read: (any SQLRow) throws -> Value) throws -> Value? {
        var first: Value?
        try forEachRow(of: sql, binds) { row in
            if first == nil { first = try read(row) }
        }
        return first
    }

    /// The time that a statement selects, such as the earliest of a column; `nil` when there is none.
    func moment(_ sql: SQL, _ binds: [SQLValue] = []) throws -> Timestamp? {
        try row(sql, binds) { try $0.optionalTimestamp(0) } ?? nil
    }
}
