internal import FoundationEssentials
package import PharmacyDomain
package import PharmacyStore
internal import Synchronization

/// An empty database of a test's own, which may be opened more than once: a SQLite file, or a database of the server
/// that UP_TEST_DATABASE_URL names.
package struct TestDatabase: Sendable {
    /// The engine of the database.
    package enum Engine: Sendable {
        case sqlite
        case postgreSQL
    }

    /// The URL of the server on which tests create databases; `nil` where there is none.
    private static var serverURL: String? { ProcessInfo.processInfo.environment["UP_TEST_DATABASE_URL"] }

    package static var isPostgreSQL: Bool { serverURL != nil }

    /// The engines that this run tests.
    package static var engines: [Engine] { isPostgreSQL ? [.sqlite, .postgreSQL] : [.sqlite] }

    private let engine: Engine
    /// A file's path, or a URL.
    package let location: String

    package init(on engine: Engine = isPostgreSQL ? .postgreSQL : .sqlite) throws {
        self.engine = engine
        switch engine {
        case .sqlite:
            let directory = FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            location = directory.appending(path: "test.sqlite").path
        case .postgreSQL: location = try TestDatabase.newURL()
        }
    }

    private init(url: String) {
        engine = .postgreSQL
        location = url
    }

    /// - Parameter readingThreads: 1 or more.
    package func open(readingThreads: Int = 2, notifier: ChangeNotifier = ChangeNotifier()) throws -> any SQLEngine {
        switch engine {
        case .sqlite:
            return try SQLiteEngine(
                path: location, readingThreads: readingThreads, directReads: 1, notifier: notifier)
        case .postgreSQL:
            #if PostgreSQL
            let pool = ConnectionPoolSize(connections: max(7, readingThreads + 5))
            return try PostgreSQLEngine(url: location, pool: pool, notifier: notifier)
            #else
            throw StoreError.unavailable("there is no PostgreSQL in this build")
            #endif
        }
    }

    /// Opens a store on the database, and closes the engine again where that fails.
    package func store(_ masterKey: MasterKeySource, at now: Timestamp) async throws -> Store {
        let engine = try open(readingThreads: 1)
        do {
            return try await Store(engine: engine, masterKey: masterKey, now: now)
        } catch {
            await engine.close()
            throw error
        }
    }

    /// The URL of an empty PostgreSQL database.
    package static func newURL() throws -> String {
        #if PostgreSQL
        if let url = serverURL {
            let name = newName()
            try PostgreSQLEngine.createDatabase(name, at: url)
            return url.replacing("///postgres?", with: "///\(name)?")
        }
        #endif
        throw StoreError.unavailable("there is no database server")
    }

    /// Copies a PostgreSQL database without connections, like `pg_dump` and `pg_restore`.
    /// - Returns: its URL.
    package static func copy(of url: String) throws -> String {
        #if PostgreSQL
        if let server = serverURL, let start = url.firstRange(of: "///")?.upperBound,
            let end = url.firstIndex(of: "?")
        {
            let (original, name) = (String(url[start..<end]), newName())
            try PostgreSQLEngine.createDatabase(name, copying: original, at: server)
            return url.replacing("///\(original)?", with: "///\(name)?")
        }
        #endif
        throw StoreError.unavailable("there is no database server")
    }

    private static func newName() -> String { "up_" + UUID().uuidString.lowercased().replacing("-", with: "") }

    /// The databases of data directories, by their paths.
    private static let urls = Mutex<[String: String]>([:])

    /// The settings with which a process finds the database of a data directory. The first call for a directory creates the database.
    package static func settings(forDataDirectory path: String) throws -> [String: String] {
        guard isPostgreSQL else { return [:] }
        let url = try urls.withLock { urls in
            if let url = urls[path] { return url }
            let url = try newURL()
            urls[path] = url
            return url
        }
        return ["UP_DATABASE_URL": url]
    }

    /// Opens an empty database of a test's own.
    /// - Parameter url: the URL of a PostgreSQL database that another node of the test uses, too.
    static func engine(notifier: ChangeNotifier, sharing url: String? = nil) throws -> any SQLEngine {
        let database = try url.map(TestDatabase.init(url:)) ?? TestDatabase(on: isPostgreSQL ? .postgreSQL : .sqlite)
        return try database.open(notifier: notifier)
    }

    /// Closes a store when it is no longer used, so that a server does not exhaust its connections.
    final class Closing: Sendable {
        private let store: Store
        private let isClosed = Atomic(false)

        init(_ store: Store) {
            self.store = store
        }

        /// Closes it now.
        func close() async {
            if !isClosed.exchange(true, ordering: .relaxed) { await store.close() }
        }

        deinit {
            guard !isClosed.load(ordering: .relaxed) else { return }
            // A deinit cannot wait; a test that is over has nothing left to wait for.
            Task { [store] in await store.close() }
        }
    }
}
