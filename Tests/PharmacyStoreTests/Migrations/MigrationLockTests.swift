import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("Migrations while the tables are in use", .timeLimit(.minutes(3)))
struct MigrationLockTests {
    @Test("A step is built concurrently as a whole or not at all")
    func steps() {
        for (number, step) in Migrations.steps.enumerated() {
            let isAny = step.contains { $0.text.contains("CONCURRENTLY") }
            #expect(isAny == Migrations.isConcurrent(step), "step \(number + 1)")
        }
        #expect(Migrations.isConcurrent(["CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON b (c)"]))
        #expect(!Migrations.isConcurrent([]))
    }

    @Test("A statement for PostgreSQL only changes nothing on SQLite", arguments: TestDatabase.engines)
    func forPostgreSQL(engine: TestDatabase.Engine) async throws {
        let numbers = try await NumbersTable(on: engine)
        try await numbers.engine.write { db in
            try db.run(.forPostgreSQL("ALTER TABLE numbers SET (fillfactor = 50)"), [])
            try NumbersTable.insert(1, in: db)
        }
        #expect(try await numbers.all == [1])
        await numbers.engine.close()
    }

    @Test("An index is built concurrently with writers on both engines", arguments: TestDatabase.engines)
    func indexes(engine: TestDatabase.Engine) async throws {
        let numbers = try await NumbersTable(on: engine)
        try await numbers.insert(1)
        let statements: [SQL] = ["CREATE INDEX CONCURRENTLY IF NOT EXISTS numbers_again ON numbers (number)"]
        for _ in 0..<2 { try await numbers.engine.buildIndexes(statements) }
        try await numbers.engine.write { _ = try $0.run("DROP INDEX numbers_again", []) }
        await numbers.engine.close()
    }

    #if PostgreSQL
    @Test("The index's name is found in its statement")
    func indexName() {
        #expect(
            PostgreSQLConnection.indexName(in: "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a_b\nON t (ON_x)")
                == "a_b")
        #expect(PostgreSQLConnection.indexName(in: "CREATE INDEX") == nil)
    }

    @Test("An index whose build was interrupted is built again", .enabled(if: TestDatabase.isPostgreSQL))
    func unfinished() async throws {
        let engine = try TestDatabase(on: .postgreSQL).open()
        try await engine.write { db in
            try db.run("CREATE TABLE doubles (number INTEGER NOT NULL) STRICT", [])
            try db.run("INSERT INTO doubles (number) VALUES (1), (1)", [])
        }
        let statements: [SQL] = ["CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS doubles_once ON doubles (number)"]
        await #expect(throws: StoreError.uniqueViolation) { try await engine.buildIndexes(statements) }
        let isValid = { @Sendable () async throws in
            try await engine.read { db in
                try db.row(
                    """
                    SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                    WHERE c.relname = 'doubles_once'
                    """, []
                ) { try $0.integer(0) == 1 }
            }
        }
        #expect(try await isValid() == false)
        try await engine.write { _ = try $0.run("DELETE FROM doubles", []) }
        try await engine.buildIndexes(statements)
        #expect(try await isValid() == true)
        await engine.close()
    }

    @Test(
        "A step gives way to readers of the table, and is applied when the table is free",
        .enabled(if: TestDatabase.isPostgreSQL))
    func givingWay() async throws {
        let database = try TestDatabase(on: .postgreSQL)
        let (engine, dump) = (try database.open(), try database.open())
        try await Migrations.apply(to: engine, upTo: 1)
        let held = HeldTransaction()
        async let dumping: Void = dump.read { db in
            _ = try db.rows("SELECT id FROM credentials", []) { try $0.integer(0) }
            try held.hold(db)
        }
        await held.untilOpen()
        try await Migrations.apply(to: engine, upTo: 2) {
            // Others use the table while the step waits.
            _ = try await engine.read { db in
                try db.rows("SELECT id FROM credentials", []) { try $0.integer(0) }
            }
            held.release()
        }
        try await dumping
        #expect(try await engine.read { try $0.rows("SELECT scopes FROM credentials", []) { try $0.text(0) } } == [])
        await engine.close()
        await dump.close()
    }
    #endif
}
