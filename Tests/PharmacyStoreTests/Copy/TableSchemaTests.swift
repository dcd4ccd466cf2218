import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("The description of the tables", .timeLimit(.minutes(1)))
struct TableSchemaTests {
    /// A column as the database knows it: its table, its name, its type, and whether it is the primary key.
    private struct Column: Hashable {
        let table: String
        let name: String
        let kind: TableSchema.Kind
        let isKey: Bool
    }

    private var described: Set<Column> {
        Set(
            TableSchema.all.flatMap { table in
                table.columns.enumerated().map { index, column in
                    Column(table: "\(table.name)", name: "\(column.name)", kind: column.kind, isKey: index == 0)
                }
            })
    }

    private func names(_ rowIDSequence: TableSchema.RowIDSequence...) -> [String] {
        TableSchema.all.filter { rowIDSequence.contains($0.rowIDSequence) }.map { "\($0.name)" }.sorted()
    }

    private func columns(
        _ engine: any SQLEngine, _ sql: SQL, kinds: [String: TableSchema.Kind]
    ) async throws -> Set<Column> {
        Set(
            try await engine.read { db in
                try db.rows(sql, []) { row in
                    let type = try row.text(2)
                    let kind = try #require(kinds[type], "\(type)")
                    return Column(
                        table: try row.text(0), name: try row.text(1), kind: kind, isKey: try row.integer(3) == 1)
                }
            })
    }

    @Test("It names exactly the tables, columns, types and keys of a new SQLite database")
    func sqlite() async throws {
        let engine = try SQLiteEngine(path: SampleInstallation.newPath(), readingThreads: 1, notifier: ChangeNotifier())
        try await Migrations.apply(to: engine)
        let found = try await columns(
            engine,
            """
            SELECT m.name, c.name, c.type, c.pk FROM sqlite_schema m JOIN pragma_table_info(m.name) c
            WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
                AND m.name NOT IN ('schema_versions', 'rate_limits', 'incarnation')
            """, kinds: ["INTEGER": .integer, "TEXT": .text, "BLOB": .blob])
        #expect(found == described)
        let counted = try await engine.read { db in
            try db.rows("SELECT name FROM sqlite_schema WHERE sql LIKE '% AUTOINCREMENT%' ORDER BY name", []) {
                try $0.text(0)
            }
        }
        #expect(counted == names(.databaseOnce))
        await engine.close()
    }

    #if PostgreSQL
    @Test(
        "It names exactly the tables, columns, types and keys of a new PostgreSQL database",
        .enabled(if: TestDatabase.isPostgreSQL))
    func postgreSQL() async throws {
        let engine = try PostgreSQLEngine(
            url: TestDatabase.newURL(), pool: ConnectionPoolSize(connections: 5), notifier: ChangeNotifier())
        try await Migrations.apply(to: engine)
        let found = try await columns(
            engine,
            """
            SELECT CAST(c.table_name AS TEXT), CAST(c.column_name AS TEXT), CAST(c.data_type AS TEXT),
                CAST(k.column_name IS NOT NULL AS INTEGER)
            FROM information_schema.columns c
            LEFT JOIN (information_schema.key_column_usage k JOIN information_schema.table_constraints t
                ON t.constraint_name = k.constraint_name AND t.constraint_type = 'PRIMARY KEY')
                ON k.table_name = c.table_name AND k.column_name = c.column_name
            WHERE c.table_schema = current_schema() AND c.table_name NOT IN ('schema_versions', 'rate_limits', 'incarnation')
            """, kinds: ["bigint": .integer, "text": .text, "bytea": .blob])
        #expect(found == described)
        let counted = try await engine.read { db in
            try db.rows(
                """
                SELECT CAST(table_name AS TEXT) FROM information_schema.columns
                WHERE table_schema = current_schema() AND is_identity = 'YES' ORDER BY 1
                """, []
            ) { try $0.text(0) }
        }
        #expect(counted == names(.database, .databaseOnce))
        await engine.close()
    }
    #endif

    @Test("Tables follow those that they refer to, and no key is a text")
    func order() async throws {
        let engine = try SQLiteEngine(path: SampleInstallation.newPath(), readingThreads: 1, notifier: ChangeNotifier())
        try await Migrations.apply(to: engine)
        var before: Set<String> = []
        var references = 0
        for table in TableSchema.all {
            let name = "\(table.name)"
            let others = try await engine.read { db in
                try db.rows("SELECT DISTINCT \"table\" FROM pragma_foreign_key_list($1)", [.text(name)]) {
                    try $0.text(0)
                }
            }
            #expect(before.isSuperset(of: others), "\(name)")
            #expect(table.columns[0].kind != .text, "\(name)")
            references += others.count
            before.insert(name)
        }
        #expect(references > 10)
        await engine.close()
    }
}
