package import PharmacyStore
internal import Synchronization

/// The statements that were run, each once, with the binds of its latest run.
package final class StatementLog: Sendable {
    private let statements = Mutex<[SQL: [SQLValue]]>([:])

    package init() {}

    package var all: [SQL: [SQLValue]] { statements.withLock(\.self) }

    /// The statements so far; the log is then empty.
    package func take() -> [SQL: [SQLValue]] {
        statements.withLock { statements in
            defer { statements = [:] }
            return statements
        }
    }

    func note(_ sql: SQL, _ binds: [SQLValue]) { statements.withLock { $0[sql] = binds } }
}
