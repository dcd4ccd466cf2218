import Foundation
import PharmacyDomain

@testable import PharmacyStore

/// An installation in a SQLite file with rows in every table: every column with values of every kind that it takes.
enum SampleInstallation {
    static let now = Timestamp(milliseconds: 1_700_000_000_000)
    static let masterKey = [UInt8](repeating: 1, count: 32)

    static func newPath() -> String {
        FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString).sqlite").path
    }

    /// That a copy was made.
    static let event = AuditEvent(
        at: now, tenant: nil, actor: .operator("test"), action: .installationCopied, subjects: [], requestID: nil)

    /// Tables whose rows refer to each other, so that the store must create them.
    private static let linkedTables = ["wrapped_keys", "audit_entries", "audit_head"]

    /// - Parameter count: of rows in each table.
    /// - Returns: its path.
    static func make(rows count: Int = 20) async throws -> String {
        let path = newPath()
        let engine = try SQLiteEngine(path: path, readingThreads: 1, notifier: ChangeNotifier())
        let store = try await Store(engine: engine, masterKey: .fixed(masterKey), now: now)
        try await store.systemWrite { scope in
            for number in 0..<count { scope.audit(.serverStarted, ["UP_\(number)", "UP_PORT"], at: now) }
        }
        _ = try await engine.write { db in
            for table in TableSchema.all where !linkedTables.contains("\(table.name)") {
                let optional = Set(
                    try db.rows(
                        "SELECT name FROM pragma_table_info($1) WHERE \"notnull\" = 0 AND pk = 0",
                        [.text("\(table.name)")]
                    ) { try $0.text(0) })
                for row in 1...count {
                    let values = table.columns.enumerated().map { index, column in
                        optional.contains("\(column.name)") && (row + index).isMultiple(of: 2)
                            ? .null : value(of: column, in: table, row: row, isKey: index == 0)
                    }
                    try db.run(table.insertion(rows: 1), values)
                }
            }
            // Numbers that were given out and are no longer there.
            try db.run("DELETE FROM patients WHERE id > $1", [SQLValue(count - 3)])
            try db.run("DELETE FROM webhook_attempts", [])
            try db.run("DELETE FROM orders WHERE id > $1", [SQLValue(count - 2)])
        }
        await store.close()
        return path
    }

    private static func value(
        of column: TableSchema.Column, in table: TableSchema, row: Int, isKey: Bool
    ) -> SQLValue {
        let name = "\(column.name)"
        let bytes = [UInt8(truncatingIfNeeded: row &* 167), UInt8(truncatingIfNeeded: row >> 8), 0, UInt8(row % 251)]
        switch column.kind {
        // Whatever is referred to has a row 1.
        case .integer where isKey: return SQLValue(row)
        case .integer where name == "endpoint_id" && "\(table.name)" == "registered_endpoints": return SQLValue(row)
        case .integer where name.hasSuffix("_id"): return 1
        case .integer:
            return .integer([Int64.max - Int64(row), .min + Int64(row), Int64(row) * 1_000_003][row % 3])
        case .text: return .text(["Zoë 雪 \(row)", "a\n'\"\\\(row)", "e\u{301}\u{10FFFF}\(row)"][row % 3])
        case .blob where isKey || name.hasSuffix("digest") || name.hasSuffix("hash"): return .blob(bytes)
        case .blob: return .blob(row.isMultiple(of: 7) ? [] : bytes + [UInt8](repeating: 255, count: row % 40))
        }
    }
}

extension Store {
    /// Removes a tenant's keys and all its rows.
    func erase(_ tenant: TenantID) async throws {
        try await systemWrite(.tenant(tenant)) { scope in
            _ = try scope.beginErasure(of: tenant, at: SampleInstallation.now)
            while try scope.eraseSome(of: tenant, limit: 100) {}
        }
    }
}
