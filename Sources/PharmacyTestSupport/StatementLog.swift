package import PharmacyStore
internal import Synchronization

/// The statements that were run, each once, with some binds that it was run with.
package final class StatementLog: Sendable {
    private let statements = Mutex<[SQL: [SQLValue]]>([:])

    package init() {}

    package var all: [SQL: [SQLValue]] { statements.withLock(\.self) }

    /// What was run so far, and forgets it.
    package func take() -> [SQL: [SQLValue]] {
        statements.withLock { statements in
            defer { statements = [:] }
            return statements
        }
    }

    func note(_ sql: SQL, _ binds: [SQLValue]) { statements.withLock { $0[sql] = binds } }
}
