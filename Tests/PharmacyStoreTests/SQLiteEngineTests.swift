import Foundation
import PharmacyDomain
import PharmacyStore
import Testing

@Suite("The SQLite engine")
struct SQLiteEngineTests {
    private let path = FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString).sqlite").path

    private func engine() throws -> SQLiteEngine {
        try SQLiteEngine(path: path, readingThreads: 2, bells: Bells())
    }

    @Test("The writing connection flushes every commit to the disk")
    func synchronous() async throws {
        let engine = try engine()
        #expect(try await engine.pragma("PRAGMA synchronous") == 2)
        #expect(try await engine.pragma("PRAGMA foreign_keys") == 1)
        await engine.close()
    }

    @Test("Binds go by their number, in whatever order they stand")
    func bindOrder() async throws {
        let engine = try engine()
        let texts = try await engine.read { db in
            try db.row("SELECT $2, $1", ["first", "second"]) { [try $0.text(0), try $0.text(1)] }
        }
        #expect(texts == ["second", "first"])
        await engine.close()
    }

    struct Refusal: Error {}

    @Test("Of writes that share a commit, one that fails fails alone")
    func groupCommit() async throws {
        let engine = try engine()
        _ = try await engine.write { try $0.run("CREATE TABLE numbers (number INTEGER PRIMARY KEY) STRICT", []) }
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<500 {
                group.addTask {
                    do {
                        try await engine.write { db in
                            _ = try db.run("INSERT INTO numbers VALUES ($1)", [.integer(Int64(number))])
                            if number.isMultiple(of: 5) { throw Refusal() }
                        }
                        return true
                    } catch {
                        return false
                    }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(outcomes == 400)
        let kept = try await engine.read { db in
            try db.row("SELECT COUNT(*), SUM(number % 5 = 0) FROM numbers", []) {
                [try $0.integer(0), try $0.integer(1)]
            }
        }
        #expect(kept == [400, 0])
        await engine.close()
    }

    @Test("A unique key that is taken is its own error")
    func uniqueViolation() async throws {
        let engine = try engine()
        _ = try await engine.write { try $0.run("CREATE TABLE names (name TEXT UNIQUE) STRICT", []) }
        _ = try await engine.write { try $0.run("INSERT INTO names VALUES ($1)", ["a"]) }
        await #expect(throws: StoreError.uniqueViolation) {
            _ = try await engine.write { try $0.run("INSERT INTO names VALUES ($1)", ["a"]) }
        }
        await engine.close()
    }

    @Test("A database of a newer program, and one of another master key, are refused")
    func refusals() async throws {
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        let key = [UInt8](repeating: 7, count: 32)
        let engine = try engine()
        _ = try await Store(engine: engine, masterKey: .fixed(key), now: now)
        await #expect(throws: StoreError.wrongMasterKey) {
            _ = try await Store(engine: engine, masterKey: .fixed([UInt8](repeating: 8, count: 32)), now: now)
        }
        _ = try await engine.write { try $0.run("INSERT INTO schema_versions (version) VALUES (99)", []) }
        // A newer program that says that this one may serve beside it.
        _ = try await Store(engine: engine, masterKey: .fixed(key), now: now)
        _ = try await engine.write { try $0.run("UPDATE schema_versions SET oldest_program = 99", []) }
        await #expect(throws: StoreError.self) { _ = try await Store(engine: engine, masterKey: .fixed(key), now: now) }
        await engine.close()
    }
}
