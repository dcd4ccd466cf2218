internal import PharmacyStore
internal import PharmacyTestSupport

/// The size of the database on disk.
struct Storage: Sendable {
    struct Table: Sendable {
        let name: String
        let rows: Int64
        /// Without its indexes.
        let bytes: Int64
        let indexes: [(name: String, bytes: Int64)]

        var indexBytes: Int64 { indexes.reduce(0) { $0 + $1.bytes } }
    }

    let bytes: Int64
    /// Tables that grow with patients and orders; empty if the engine does not report them.
    let tables: [Table]

    func rows(of table: String) -> Int64 { tables.first { $0.name == table }?.rows ?? 0 }

    func bytes(of table: String) -> Int64 {
        tables.first { $0.name == table }.map { $0.bytes + $0.indexBytes } ?? 0
    }
}

extension Database {
    /// The size of the whole database.
    func bytes(in installation: TestInstallation) async throws -> Int64 {
        let engine = engine
        return try await installation.look { scope in
            switch engine {
            case .sqlite:
                let pages = try scope.db.row("PRAGMA page_count", []) { try $0.integer(0) } ?? 0
                let size = try scope.db.row("PRAGMA page_size", []) { try $0.integer(0) } ?? 0
                return pages * size
            case .postgresql:
                return try scope.db.row("SELECT pg_database_size(current_database())", []) { try $0.integer(0) } ?? 0
            }
        }
    }

    private static let growing: [(name: String, count: SQL)] = [
        ("patients", "SELECT COUNT(*) FROM patients"), ("orders", "SELECT COUNT(*) FROM orders"),
        ("order_events", "SELECT COUNT(*) FROM order_events"),
        ("webhook_deliveries", "SELECT COUNT(*) FROM webhook_deliveries"),
        ("webhook_attempts", "SELECT COUNT(*) FROM webhook_attempts"),
        ("audit_entries", "SELECT COUNT(*) FROM audit_entries"),
    ]

    /// Table, index (empty for the table itself), bytes.
    private var objects: SQL {
        switch engine {
        case .sqlite:
            """
            SELECT m.tbl_name, CASE m.type WHEN 'table' THEN '' ELSE m.name END, s.pageno * p.page_size
            FROM pragma_page_size p, dbstat s JOIN sqlite_master m ON m.name = s.name WHERE s.aggregate = TRUE
            """
        case .postgresql:
            """
            SELECT CAST(relname AS TEXT), '', pg_table_size(oid) FROM pg_class
            WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
            UNION ALL
            SELECT CAST(t.relname AS TEXT), CAST(c.relname AS TEXT), pg_relation_size(c.oid)
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
            WHERE t.relnamespace = 'public'::regnamespace
            """
        }
    }

    func storage(in installation: TestInstallation) async throws -> Storage {
        Progress.report("measuring what the tables take")
        let total = try await bytes(in: installation)
        let query = objects
        let objects: [(table: String, index: String, bytes: Int64)]
        do {
            objects = try await installation.look { scope in
                try scope.db.rows(query, []) { (try $0.text(0), try $0.text(1), try $0.integer(2)) }
            }
        } catch StoreError.broken {
            // A SQLite without its table `dbstat`.
            return Storage(bytes: total, tables: [])
        }
        var tables: [Storage.Table] = []
        for (name, count) in Database.growing {
            let rows = try await installation.look { try $0.db.row(count, []) { try $0.integer(0) } ?? 0 }
            let own = objects.filter { $0.table == name }
            tables.append(
                Storage.Table(
                    name: name, rows: rows, bytes: own.filter(\.index.isEmpty).reduce(0) { $0 + $1.bytes },
                    indexes: own.filter { !$0.index.isEmpty }.map { ($0.index, $0.bytes) }
                        .sorted { $0.name < $1.name }))
        }
        return Storage(bytes: total, tables: tables)
    }
}
