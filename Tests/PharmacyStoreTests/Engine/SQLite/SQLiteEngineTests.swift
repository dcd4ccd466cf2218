import Foundation
import PharmacyStore
import Testing

@Suite("The SQLite engine", .timeLimit(.minutes(1)))
struct SQLiteEngineTests {
    @Test("The writing connection flushes every commit to the disk")
    func synchronous() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString).sqlite").path
        let engine = try SQLiteEngine(path: path, readingThreads: 2, notifier: ChangeNotifier())
        #expect(try await engine.pragma("PRAGMA synchronous") == 2)
        #expect(try await engine.pragma("PRAGMA foreign_keys") == 1)
        await engine.close()
    }
}
