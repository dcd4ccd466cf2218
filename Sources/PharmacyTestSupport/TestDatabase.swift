internal import FoundationEssentials
internal import PharmacyStore

/// The databases that tests run on: SQLite files, or databases of the server that UP_TEST_DATABASE_URL names.
enum TestDatabase {
    /// Opens an empty database of a test's own.
    static func engine(bells: Bells) throws -> any SQLEngine {
        let name = UUID().uuidString.lowercased().replacing("-", with: "")
        #if PostgreSQL
            if let url = ProcessInfo.processInfo.environment["UP_TEST_DATABASE_URL"] {
                try PostgreSQLEngine.createDatabase("up_\(name)", at: url)
                return try PostgreSQLEngine(
                    url: url.replacing("///postgres?", with: "///up_\(name)?"), readingThreads: 2, bells: bells)
            }
        #endif
        let directory = FileManager.default.temporaryDirectory.appending(path: "up-\(name)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return try SQLiteEngine(
            path: directory.appending(path: "test.sqlite").path, readingThreads: 2, bells: bells)
    }

    /// Closes a store when the last who uses it is gone, so that a server's connections do not run out.
    final class Closing: Sendable {
        private let store: Store

        init(_ store: Store) {
            self.store = store
        }

        deinit {
            Task { [store] in await store.close() }
        }
    }
}
