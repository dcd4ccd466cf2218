import PharmacyStore
import PharmacyTestSupport

/// A table of unique numbers in a separate database.
struct NumbersTable {
    let database: TestDatabase
    let engine: any SQLEngine

    init(on engine: TestDatabase.Engine, notifier: ChangeNotifier = ChangeNotifier()) async throws {
        database = try TestDatabase(on: engine)
        self.engine = try database.open(notifier: notifier)
        try await self.engine.write { db in
            _ = try db.run("CREATE TABLE numbers (number INTEGER NOT NULL UNIQUE) STRICT", [])
        }
    }

    static func insert(_ number: Int, in db: any SQLConnection) throws {
        try db.run("INSERT INTO numbers (number) VALUES ($1)", [SQLValue(number)])
    }

    static func all(in db: any SQLConnection) throws -> [Int] {
        try db.rows("SELECT number FROM numbers ORDER BY number", []) { Int(try $0.integer(0)) }
    }

    func insert(_ number: Int) async throws {
        try await engine.write { try NumbersTable.insert(number, in: $0) }
    }

    /// The numbers that are there, in order.
    var all: [Int] {
        get async throws { try await engine.read { try NumbersTable.all(in: $0) } }
    }
}
