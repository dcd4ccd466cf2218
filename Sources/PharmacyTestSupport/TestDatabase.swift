internal import FoundationEssentials
internal import PharmacyStore

/// The databases that tests run on: SQLite files, or databases of the server that UP_TEST_DATABASE_URL names.
package enum TestDatabase {
    /// Of the server that tests make databases on; `nil` where there is none.
    private static var serverURL: String? { ProcessInfo.processInfo.environment["UP_TEST_DATABASE_URL"] }

    package static var isPostgreSQL: Bool { serverURL != nil }

    /// The URL of an empty PostgreSQL database.
    package static func newURL() throws -> String {
        #if PostgreSQL
        if let url = serverURL {
            let name = "up_" + UUID().uuidString.lowercased().replacing("-", with: "")
            try PostgreSQLEngine.createDatabase(name, at: url)
            return url.replacing("///postgres?", with: "///\(name)?")
        }
        #endif
        throw StoreError.unavailable("there is no database server")
    }

    /// Opens an empty database of a test's own.
    /// - Parameter url: of a PostgreSQL database that another node of the test uses, too.
    static func engine(bells: Bells, sharing url: String? = nil) throws -> any SQLEngine {
        #if PostgreSQL
        if isPostgreSQL {
            return try PostgreSQLEngine(url: url ?? newURL(), pool: ConnectionPool(connections: 7), bells: bells)
        }
        #endif
        let directory = FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString)")
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
            // A deinit cannot wait; a test that is over has nothing left to wait for.
            Task { [store] in await store.close() }
        }
    }
}
