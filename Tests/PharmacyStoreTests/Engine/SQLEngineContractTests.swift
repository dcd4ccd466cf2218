import PharmacyStore
import PharmacyTestSupport
import Testing

/// What every engine owes to the statements that are run on it.
@Suite("The contract of the engines: statements", .timeLimit(.minutes(3)))
struct SQLEngineContractTests {
    @Test("Binds are matched by number, in any order and number of uses", arguments: TestDatabase.engines)
    func bindOrder(engine: TestDatabase.Engine) async throws {
        let engine = try TestDatabase(on: engine).open()
        let texts = try await engine.read { db in
            try db.row("SELECT $2, $1", ["first", "second"]) { [try $0.text(0), try $0.text(1)] }
        }
        #expect(texts == ["second", "first"])
        let repeated = try await engine.read { db in
            try db.row("SELECT $2, $1, $2", ["first", "second"]) { row in try (0..<3).map { try row.text($0) } }
        }
        #expect(repeated == ["second", "first", "second"])
        let many = try await engine.read { db in
            try db.row(
                "SELECT $11, $10, $9, $8, $7, $6, $5, $4, $3, $2, $1",
                (1...11).map { .text("\($0)") }
            ) { row in try (0..<11).map { try row.text($0) } }
        }
        #expect(many == (1...11).reversed().map { "\($0)" })
        await engine.close()
    }

    @Test("A statement returns the number of changed rows", arguments: TestDatabase.engines)
    func changes(engine: TestDatabase.Engine) async throws {
        let engine = try await NumbersTable(on: engine).engine
        let counts = try await engine.write { db in
            [
                try db.run("INSERT INTO numbers (number) VALUES (1), (2), (3)", []),
                try db.run("UPDATE numbers SET number = number + 10 WHERE number > $1", [1]),
                try db.run("DELETE FROM numbers WHERE number = $1", [99]),
            ]
        }
        #expect(counts == [3, 2, 0])
        let returned = try await engine.write { db in
            try db.rows("DELETE FROM numbers WHERE number > $1 RETURNING number", [10]) { try $0.integer(0) }
        }
        #expect(returned.sorted() == [12, 13])
        #expect(try await engine.read { try NumbersTable.all(in: $0) } == [1])
        await engine.close()
    }

    @Test(
        "Reads have the same results if they were announced, and see what was written since",
        arguments: TestDatabase.engines)
    func readAhead(engine: TestDatabase.Engine) async throws {
        let numbers = try await NumbersTable(on: engine)
        let count: SQL = "SELECT COUNT(*) FROM numbers WHERE number > $1"
        let largest: SQL = "SELECT MAX(number) FROM numbers"
        @Sendable func number(_ db: any SQLConnection, _ sql: SQL, _ binds: [SQLValue]) throws -> Int64? {
            try db.row(sql, binds) { try $0.integer(0) }
        }
        let found = try await numbers.engine.write { db in
            var found: [Int64?] = []
            for value in [1, 2, 5] { try NumbersTable.insert(value, in: db) }
            try db.readAhead { [SQLRead(count, [1]), SQLRead(largest, []), SQLRead(count, [4])] }
            // In another order, and then one of them again, and with other binds.
            found += [try number(db, largest, []), try number(db, count, [4]), try number(db, count, [1])]
            found += [try number(db, count, [1]), try number(db, count, [0])]
            try db.readAhead { [SQLRead(count, [1]), SQLRead(largest, [])] }
            try db.send("INSERT INTO numbers (number) VALUES (9)", [])
            found += [try number(db, largest, []), try number(db, count, [1])]
            return found
        }
        #expect(found == [5, 1, 2, 2, 3, 9, 3])
        await #expect(throws: StoreError.self) {
            try await numbers.engine.write { db in
                try db.readAhead { [SQLRead(largest, []), SQLRead("SELECT number FROM nowhere", [])] }
                _ = try number(db, "SELECT number FROM nowhere", [])
            }
        }
        try await numbers.insert(10)
        #expect(try await numbers.all == [1, 2, 5, 9, 10])
        await numbers.engine.close()
    }

    private static let texts = [
        "", " ", "plain", "it's \"quoted\" \\ and % and _", "$1 ?1 :a @b", "é e\u{301} Ω", "日本語", "עברית",
        "👩‍👩‍👧‍👦 🏳️‍🌈", "\u{10FFFF}\u{FFFD}\u{FEFF}", "line\r\nline\ttab", String(repeating: "large ü ", count: 200_000),
    ]

    private static let integers = [Int64.min, Int64.min + 1, -4_294_967_297, -1, 0, 1, 2_147_483_648, Int64.max]

    private static let blobs: [[UInt8]] = [
        [], [0], Array(0...255), [0xFF, 0x00, 0xFE], [UInt8](repeating: 0x80, count: 2_000_000),
    ]

    private struct Row {
        let id: Int
        let number: Int64?
        let words: String?
        let bytes: [UInt8]?
        let nulls: [Bool]
    }

    /// Stores a row for each text, with the other values in rotation, and a row of nulls, and reads all of them.
    private func storedRows(by engine: any SQLEngine) async throws -> [Row] {
        let create: SQL = "CREATE TABLE samples (id INTEGER PRIMARY KEY, number INTEGER, words TEXT, bytes BLOB) STRICT"
        let insert: SQL = "INSERT INTO samples (id, number, words, bytes) VALUES ($1, $2, $3, $4)"
        try await engine.write { db in
            try db.run(create, [])
            for (id, words) in Self.texts.enumerated() {
                let (number, bytes) = (Self.integers[id % Self.integers.count], Self.blobs[id % Self.blobs.count])
                try db.run(insert, [SQLValue(id), .integer(number), .text(words), .blob(bytes)])
            }
            try db.run(insert, [SQLValue(Self.texts.count), nil, nil, nil])
        }
        return try await engine.read { db in
            try db.rows("SELECT id, number, words, bytes FROM samples ORDER BY id", []) { row in
                Row(
                    id: Int(try row.integer(0)), number: try row.optionalInteger(1), words: try row.optionalText(2),
                    bytes: try row.optionalBlob(3), nulls: (1...3).map { row.isNull($0) })
            }
        }
    }

    @Test(
        "Stored values are read back unchanged: the limits of integers, any text, any bytes, and null",
        arguments: TestDatabase.engines)
    func roundTrip(engine: TestDatabase.Engine) async throws {
        let engine = try TestDatabase(on: engine).open()
        let rows = try await storedRows(by: engine)
        #expect(rows.map(\.id) == Array(0...Self.texts.count))
        for (row, words) in zip(rows, Self.texts) {
            #expect(row.nulls == [false, false, false])
            #expect(row.number == Self.integers[row.id % Self.integers.count])
            // Not `==` of the texts, for which an accented letter is the same in one piece and in two.
            #expect(row.words.map { Array($0.utf8) } == Array(words.utf8), "text \(row.id)")
            #expect(row.bytes == Self.blobs[row.id % Self.blobs.count], "bytes \(row.id)")
        }
        let nothing = try #require(rows.last)
        #expect(nothing.nulls == [true, true, true])
        #expect(nothing.number == nil && nothing.words == nil && nothing.bytes == nil)
        await engine.close()
    }

    @Test(
        "A column of another type, or without a value, is a specific error",
        arguments: TestDatabase.engines)
    func types(engine: TestDatabase.Engine) async throws {
        let engine = try TestDatabase(on: engine).open()
        _ = try await storedRows(by: engine)
        let others: [@Sendable (any SQLRow) throws -> Void] = [
            { _ = try $0.text(0) }, { _ = try $0.blob(0) }, { _ = try $0.integer(1) }, { _ = try $0.blob(1) },
            { _ = try $0.integer(2) }, { _ = try $0.text(2) },
        ]
        let same: [@Sendable (any SQLRow) throws -> Void] = [
            { _ = try $0.integer(0) }, { _ = try $0.text(1) }, { _ = try $0.blob(2) },
        ]
        let values: SQL = "SELECT number, words, bytes FROM samples WHERE words IS NOT NULL"
        let nothing: SQL = "SELECT number, words, bytes FROM samples WHERE words IS NULL"
        let isBroken = { (error: StoreError) in if case .broken = error { true } else { false } }
        for (sql, read) in others.map({ (values, $0) }) + same.map({ (nothing, $0) }) {
            let error = await #expect(throws: StoreError.self) {
                _ = try await engine.read { try $0.rows(sql, [], read) }
            }
            #expect(error.map(isBroken) == true)
        }
        await engine.close()
    }

    @Test(
        "A violated unique key is a specific error, for every kind of key", arguments: TestDatabase.engines)
    func uniqueViolation(engine: TestDatabase.Engine) async throws {
        let engine = try TestDatabase(on: engine).open()
        try await engine.write { db in
            try db.run("CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT UNIQUE, a INTEGER, b BLOB) STRICT", [])
            try db.run("CREATE UNIQUE INDEX names_by_both ON names (a, b)", [])
        }
        let insert: SQL = "INSERT INTO names (id, name, a, b) VALUES ($1, $2, $3, $4)"
        let first: [SQLValue] = [1, "one", 1, .blob([1])]
        try await engine.write { _ = try $0.run(insert, first) }
        let taken: [[SQLValue]] = [[1, "two", 2, .blob([2])], [2, "one", 2, .blob([2])], [2, "two", 1, .blob([1])]]
        for binds in taken {
            await #expect(throws: StoreError.uniqueViolation) {
                try await engine.write { _ = try $0.run(insert, binds) }
            }
        }
        try await engine.write { _ = try $0.run(insert, [3, "three", 3, .blob([3])]) }
        await #expect(throws: StoreError.uniqueViolation) {
            try await engine.write { _ = try $0.run("UPDATE names SET name = $1 WHERE id = $2", ["one", 3]) }
        }
        // Two that have no value are not the same.
        for id in [4, 5] { try await engine.write { _ = try $0.run(insert, [SQLValue(id), nil, nil, nil]) } }
        let ids = try await engine.read { try $0.rows("SELECT id FROM names ORDER BY id", []) { try $0.integer(0) } }
        #expect(ids == [1, 3, 4, 5])
        await engine.close()
    }
}
