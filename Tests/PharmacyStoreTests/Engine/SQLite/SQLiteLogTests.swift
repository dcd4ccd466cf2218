import Foundation
import PharmacyDomain
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("The write-ahead file of SQLite", .timeLimit(.minutes(3)))
struct SQLiteLogTests {
    private let path = FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString).sqlite").path

    private func engine() async throws -> SQLiteEngine {
        let engine = try SQLiteEngine(path: path, readingThreads: 2, notifier: ChangeNotifier())
        try await engine.write { _ = try $0.run("CREATE TABLE notes (text TEXT NOT NULL) STRICT", []) }
        return engine
    }

    private var logSize: Int {
        (try? FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int) ?? 0
    }

    @Test("A checkpoint empties the file, with all erased data")
    func truncation() async throws {
        let engine = try await engine()
        let secret = "to be erased \(UUID().uuidString)"
        try await engine.write { _ = try $0.run("INSERT INTO notes VALUES ($1)", [.text(secret)]) }
        try await engine.write { _ = try $0.run("DELETE FROM notes", []) }
        #expect(try Data(contentsOf: URL(filePath: path + "-wal")).range(of: Data(secret.utf8)) != nil)
        #expect(try await engine.vitals().logBytes == Int64(logSize))
        #expect(try await engine.checkpoint())
        #expect(logSize == 0)
        #expect(try await engine.vitals().logBytes == 0)
        #expect(try Data(contentsOf: URL(filePath: path)).range(of: Data(secret.utf8)) == nil)
        try await engine.write { _ = try $0.run("INSERT INTO notes VALUES ($1)", ["after"]) }
        #expect(try await engine.read { try $0.rows("SELECT text FROM notes", []) { try $0.text(0) } } == ["after"])
        await engine.close()
    }

    @Test("A checkpoint does not wait long for a reader, reports its failure, and delays no writer")
    func whileReading() async throws {
        let engine = try await engine()
        try await engine.write { _ = try $0.run("INSERT INTO notes VALUES ($1)", ["before"]) }
        let held = HeldTransaction()
        // A busy disk may need longer for the writes than a read is allowed by default.
        async let reading: Void = TransactionTimeLimit.$current.withValue(.minutes(2)) {
            try await engine.read { db in
                _ = try db.rows("SELECT text FROM notes", []) { try $0.text(0) }
                try held.hold(db)
            }
        }
        await held.untilOpen()
        async let checkpoint = engine.checkpoint()
        for number in 0..<20 {
            try await engine.write { _ = try $0.run("INSERT INTO notes VALUES ($1)", [.text("\(number)")]) }
        }
        #expect(try await checkpoint == false)
        held.release()
        try await reading
        #expect(try await engine.checkpoint())
        #expect(logSize == 0)
        await engine.close()
    }

    @Test("The file shrinks after its peak")
    func sizeLimit() async throws {
        let engine = try await engine()
        #expect(try await engine.pragma("PRAGMA journal_size_limit") == StoreLimits.logBytes)
        await engine.close()
    }
}
