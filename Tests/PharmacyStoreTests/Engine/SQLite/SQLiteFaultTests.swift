import CSQLite
import Foundation
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("Faults of SQLite's result codes", .timeLimit(.minutes(3)))
struct SQLiteFaultTests {
    /// A code with the system's reason, and the expected error.
    struct Case: CustomTestStringConvertible {
        let code: Int32
        var systemError: Int32 = 0
        let kind: StoreFault.Kind
        /// Texts that the description must contain in addition to the code.
        let words: [String]

        var testDescription: String { "\(code), errno \(systemError)" }
    }

    @Test(
        "Each fault has a kind, the code, the system's reason and what to check",
        arguments: [
            Case(code: SQLITE_FULL, kind: .diskFull, words: ["the disk is full", "free space"]),
            Case(code: 778, systemError: ENOSPC, kind: .diskFull, words: ["the disk is full", "errno 28", "No space"]),
            Case(code: 778, systemError: EDQUOT, kind: .diskFull, words: ["the disk is full", "quota"]),
            Case(code: 778, systemError: EFBIG, kind: .diskFull, words: ["the disk is full", "File too large"]),
            Case(code: 778, systemError: EIO, kind: .inputOutput, words: ["failed", "errno 5", "dmesg"]),
            Case(code: 778, systemError: EROFS, kind: .readOnly, words: ["cannot be written", "read-only"]),
            Case(code: SQLITE_READONLY, kind: .readOnly, words: ["cannot be written", "owner"]),
            // A leftover of another call is not its reason.
            Case(code: SQLITE_READONLY, systemError: ENOSPC, kind: .readOnly, words: ["cannot be written"]),
            Case(code: 1032, kind: .readOnly, words: ["replaced"]),
            Case(code: SQLITE_CORRUPT, kind: .damaged, words: ["damaged", "integrity check", "restore a backup"]),
            Case(code: 267, kind: .damaged, words: ["damaged"]),
            Case(code: SQLITE_NOTADB, kind: .damaged, words: ["damaged", "restore a backup"]),
            Case(
                code: SQLITE_CANTOPEN, systemError: ENOENT, kind: .cannotOpen, words: ["No such file", "UP_DATA_DIR"]),
            Case(code: SQLITE_CANTOPEN, systemError: EACCES, kind: .readOnly, words: ["Permission denied"]),
            Case(code: SQLITE_CANTOPEN, systemError: EMFILE, kind: .fileLimit, words: ["ulimit -n"]),
            Case(code: SQLITE_BUSY, kind: .busy, words: ["another program"]),
            Case(code: 517, kind: .busy, words: ["another program"]),
            Case(code: SQLITE_NOMEM, kind: .outOfMemory, words: ["memory"]),
        ])
    func meaning(of tried: Case) throws {
        let error = SQLiteFault.error(tried.code, message: "a message", systemError: tried.systemError)
        let fault = try #require(error.fault)
        #expect(fault.kind == tried.kind)
        for word in tried.words + ["(SQLite \(tried.code), "] { #expect(fault.words.contains(word), "\(fault.words)") }
        #expect(error.description.contains(fault.words))
    }

    @Test("A violated constraint is not a fault of the store")
    func constraints() {
        #expect(SQLiteFault.error(2067, message: "", systemError: 0) == .uniqueViolation)
        let broken = SQLiteFault.error(1299, message: "NOT NULL constraint failed: t.n", systemError: 0)
        #expect(broken.fault == nil && broken.description.contains("t.n"))
    }

    /// The error of a write in a database where `obstacle` was run before.
    private func failure(after obstacle: SQL) async throws -> StoreFault? {
        let table = try await NumbersTable(on: .sqlite)
        defer { Task { await table.engine.close() } }
        _ = try await table.engine.write { try $0.rows(obstacle, []) { _ in } }
        do {
            try await table.engine.write { db in
                for number in 0..<10_000 { try NumbersTable.insert(number, in: db) }
            }
            return nil
        } catch {
            return (error as? StoreError)?.fault
        }
    }

    @Test("A database without a free page counts as a full disk, and a read-only one is reported as such")
    func real() async throws {
        #expect(try await failure(after: "PRAGMA max_page_count = 1")?.kind == .diskFull)
        #expect(try await failure(after: "PRAGMA query_only = ON")?.kind == .readOnly)
    }

    @Test("Each write of a batch that a full disk rolls back fails with the full disk")
    func batch() async throws {
        let table = try await NumbersTable(on: .sqlite)
        _ = try await table.engine.write { try $0.rows("PRAGMA max_page_count = 1", []) { _ in } }
        let kinds = await withTaskGroup(of: StoreFault.Kind?.self) { group in
            for writer in 0..<20 {
                group.addTask {
                    do {
                        try await table.engine.write(.log) { db in
                            for number in 0..<2_000 { try NumbersTable.insert(writer * 2_000 + number, in: db) }
                        }
                        return nil
                    } catch {
                        return (error as? StoreError)?.fault?.kind
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(kinds.count == 20 && kinds.allSatisfy { $0 == .diskFull }, "\(kinds)")
        await table.engine.close()
    }

    private func directory() throws -> URL {
        let directory = FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return directory
    }

    /// The error of opening a file and reading all of its numbers.
    private func failure(ofReading path: String) -> StoreFault? {
        do {
            let connection = try SQLiteConnection(path: path, role: .original)
            defer { connection.close() }
            _ = try NumbersTable.all(in: connection)
            return nil
        } catch {
            return (error as? StoreError)?.fault
        }
    }

    @Test("A file that is not a database, a damaged one, and a missing directory are distinguished")
    func files() async throws {
        let directory = try directory()
        let path = directory.appending(path: "other.sqlite").path
        try Data(repeating: UInt8(ascii: "x"), count: 8_192).write(to: URL(filePath: path))
        #expect(failure(ofReading: path)?.kind == .damaged)
        let absent = failure(ofReading: directory.appending(path: "none/a.sqlite").path)
        #expect(absent?.kind == .cannotOpen && absent?.words.contains("No such file") == true, "\(absent as Any)")

        let page = directory.appending(path: "page.sqlite")
        let engine = try SQLiteEngine(path: page.path, readingThreads: 1, notifier: ChangeNotifier())
        try await engine.write { db in
            _ = try db.run("CREATE TABLE numbers (number INTEGER NOT NULL UNIQUE) STRICT", [])
            for number in 0..<5_000 { try NumbersTable.insert(number, in: db) }
        }
        try await engine.checkpoint()
        await engine.close()
        var bytes = try Data(contentsOf: page)
        // All but the first page, which holds the schema.
        bytes.replaceSubrange(4_096..., with: Data(repeating: 0xA5, count: bytes.count - 4_096))
        try bytes.write(to: page)
        let damage = try #require(failure(ofReading: page.path))
        #expect(damage.kind == .damaged && damage.words.contains("restore a backup"))
    }
}
