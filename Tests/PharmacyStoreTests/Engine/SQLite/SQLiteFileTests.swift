import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("A database file before it is opened", .timeLimit(.minutes(2)))
struct SQLiteFileTests {
    private let path: String
    private let key = [UInt8](repeating: 7, count: 32)

    init() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        path = directory.appending(path: "100% ours #1?.sqlite").path
    }

    private func engine() throws -> SQLiteEngine {
        try SQLiteEngine(path: path, readingThreads: 1, notifier: ChangeNotifier())
    }

    /// Makes a whole database, and closes it.
    private func makeStore() async throws {
        let engine = try engine()
        _ = try await Store(engine: engine, masterKey: .fixed(key), now: Timestamp(milliseconds: 1))
        await engine.close()
    }

    private func contents() throws -> [String: Data] {
        let directory = URL(filePath: path).deletingLastPathComponent()
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        return Dictionary(
            uniqueKeysWithValues: try names.map { ($0, try Data(contentsOf: directory.appending(path: $0))) })
    }

    @Test("A new file has a header and only its owner can read it, like the files next to it")
    func new() async throws {
        #expect(try !SQLiteFile.exists(at: path))
        let engine = try engine()
        _ = try await Store(engine: engine, masterKey: .fixed(key), now: Timestamp(milliseconds: 1))
        for suffix in ["", "-wal", "-shm"] {
            let found = try FileManager.default.attributesOfItem(atPath: path + suffix)[.posixPermissions]
            #expect((found as? NSNumber)?.intValue == 0o600, "\(suffix)")
        }
        #expect(try SQLiteFile.exists(at: path))
        await engine.close()
        #expect(try contents().keys.allSatisfy { !$0.contains("making") })
    }

    @Test("An empty file is not used as a new database, and not changed")
    func empty() throws {
        try Data().write(to: URL(filePath: path))
        #expect(throws: DatabaseRefusal.emptyFile(path: path)) { try engine() }
        #expect(try contents().values.map(\.count) == [0])
    }

    @Test(
        "A truncated file is refused, wherever it was cut, and not changed",
        arguments: [1, 15, 50, 99, 4096, 20_000])
    func truncated(bytes: Int) async throws {
        try await makeStore()
        let whole = try Data(contentsOf: URL(filePath: path))
        try whole.prefix(bytes).write(to: URL(filePath: path))
        let error = #expect(throws: DatabaseRefusal.self) { try engine() }
        #expect(error?.description.contains("is truncated, \(bytes) of ") == true)
        #expect(try contents().values.map(\.count) == [bytes])
    }

    @Test("A file that is not a database is refused and not changed")
    func strange() async throws {
        try await makeStore()
        var damaged = try Data(contentsOf: URL(filePath: path))
        damaged.replaceSubrange(0..<4, with: Data("hash".utf8))
        for content in [damaged, Data("{}\n".utf8), Data(count: 8192)] {
            try content.write(to: URL(filePath: path))
            #expect(throws: DatabaseRefusal.strangeFile(path: path)) { try engine() }
            #expect(try contents().values.map(\.self) == [content])
        }
        #expect(throws: DatabaseRefusal.self) {
            try SQLiteFile.exists(at: URL(filePath: path).deletingLastPathComponent().path)
        }
    }

    @Test("A file whose last changes are in the write-ahead file is accepted")
    func withLog() async throws {
        try await makeStore()
        let engine = try engine()
        _ = try await engine.write { try $0.run("CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT", []) }
        #expect(try SQLiteFile.exists(at: path))
        await engine.close()
    }

    @Test("It is inspected without any change, whether it is open, was left by a crash, or is closed")
    func inspection() async throws {
        #expect(try DatabaseInspection.inspect(.file(path), masterKey: nil) == nil)
        #expect(try contents().isEmpty)
        try await makeStore()
        // Connections of one process share the index, which counts readers.
        func settled() throws -> [String: Data] { try contents().filter { !$0.key.hasSuffix(".sqlite-shm") } }
        func inspect() throws {
            let before = try settled()
            let found = try #require(try DatabaseInspection.inspect(.file(path), masterKey: .fixed(key)))
            #expect(found.product.hasPrefix("SQLite 3."))
            #expect(found.schemaStep == Migrations.steps.count && !found.hasUnreadLog)
            #expect(try settled() == before)
        }
        try inspect()
        let engine = try engine()
        _ = try await engine.write { try $0.run("CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT", []) }
        try inspect()
        // As a crash leaves it: the write-ahead file, and its index or none.
        let crashed = path + ".crashed"
        for suffix in ["", "-wal", "-shm"] {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: crashed + suffix)
        }
        await engine.close()
        for isIndexed in [true, false] {
            if !isIndexed { try FileManager.default.removeItem(atPath: crashed + "-shm") }
            let before = try contents()
            let found = try DatabaseInspection.inspect(.file(crashed), masterKey: .fixed(key))
            #expect(found?.schemaStep == (isIndexed ? Migrations.steps.count : nil))
            #expect(found?.hasUnreadLog == !isIndexed)
            #expect(try contents() == before)
        }
    }

    @Test("An inspection recognizes another master key, a newer database, and an unused one")
    func inspectionFaults() async throws {
        try await makeStore()
        #expect(throws: StoreError.wrongMasterKey) {
            try DatabaseInspection.inspect(.file(path), masterKey: .fixed([UInt8](repeating: 8, count: 32)))
        }
        let engine = try engine()
        try await engine.write {
            _ = try $0.run("INSERT INTO schema_versions (version, oldest_program) VALUES (99, 98)", [])
        }
        await engine.close()
        #expect(throws: StoreError.newerDatabase(found: 99, known: Migrations.steps.count)) {
            try DatabaseInspection.inspect(.file(path), masterKey: nil)
        }
        let unused = path + ".unused"
        try SQLiteFile.make(at: unused)
        #expect(try DatabaseInspection.inspect(.file(unused), masterKey: nil)?.schemaStep == nil)
    }
}
