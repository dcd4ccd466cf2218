internal import PharmacyStore
internal import PharmacyTestSupport

/// The statements that each operation runs, and their plans.
struct QueryPlans: Sendable {
    let installation: TestInstallation
    let engine: Database.Engine
    let log: StatementLog

    /// Runs each operation once.
    func text(_ operations: HotOperations) async throws -> String {
        var text = ""
        for operation in [operations.coldSearch] + operations.reads + operations.writes {
            text += try await section(operation)
        }
        try await installation.leaveNothingDue()
        for backlog in operations.backlogs {
            try await backlog.build()
            text += try await section(backlog.operation)
            try await backlog.clear()
        }
        return text + (try await section(operations.pruning))
    }

    private func section(_ operation: HotOperation) async throws -> String {
        _ = log.take()
        try await operation.run(0)
        let statements = log.take().sorted { $0.key.text < $1.key.text }
        var text = "# \(operation.name)\n\n"
        for (sql, binds) in statements {
            text += sql.text + "\n\n" + (try await plan(of: sql, binds)).map { "    \($0)\n" }.joined() + "\n"
        }
        return text
    }

    /// The plan with the values that the statement was run with, on the same kind of connection.
    private func plan(of sql: SQL, _ binds: [SQLValue]) async throws -> [String] {
        do {
            switch engine {
            case .sqlite:
                return try await installation.look { scope in
                    try scope.db.rows("EXPLAIN QUERY PLAN" + sql, binds) { try $0.text(3) }
                }
            case .postgresql where sql.text.hasPrefix("SELECT") && !sql.text.contains("FOR UPDATE"):
                return try await installation.look { scope in
                    try scope.db.rows("EXPLAIN (ANALYZE, BUFFERS)" + sql, binds) { try $0.text(0) }
                }
            case .postgresql:
                return try await installation.look { scope in
                    try scope.db.rows("EXPLAIN" + sql, binds) { try $0.text(0) }
                }
            }
        } catch let error as StoreError {
            return ["no plan: \(error)"]
        }
    }
}
