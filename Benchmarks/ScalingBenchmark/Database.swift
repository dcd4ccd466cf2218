internal import Foundation
internal import PharmacyServices
internal import PharmacyStore
internal import PharmacyTestSupport

/// The database under test: a SQLite file in a temporary directory, or the PostgreSQL database that is given.
struct Database: Sendable {
    enum Engine: String, Sendable {
        case sqlite
        case postgresql
    }

    let engine: Engine
    /// The URL, or the directory of the file.
    private let place: String

    /// Reading connections, and connections in all, as the server has them on two cores.
    private static let sqliteReaders = 2
    private static let postgreSQLConnections = 9

    init(_ settings: Settings) throws {
        engine = settings.engine
        switch engine {
        case .sqlite:
            let directory = FileManager.default.temporaryDirectory.appending(path: "up-scaling-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            place = directory.path
        case .postgresql:
            guard let url = settings.databaseURL else { throw BenchmarkFailure.setting("DATABASE_URL") }
            place = url
        }
    }

    /// Opens the database for the extent of `body`.
    /// - Parameters:
    ///   - forFilling: whether to use so much memory that filling does not wait for pages.
    ///   - statements: records every statement that is run.
    func with<Value>(
        time: ManualClock, forFilling: Bool = false, statements: StatementLog? = nil,
        _ body: (TestInstallation) async throws -> Value
    ) async throws -> Value {
        let installation = try await TestInstallation(time: time, statements: statements, opening: open)
        if forFilling, engine == .sqlite {
            try await installation.change { _ = try $0.db.rows("PRAGMA cache_size = -1048576", []) { _ in } }
        }
        do {
            let value = try await body(installation)
            await installation.close()
            return value
        } catch {
            await installation.close()
            throw error
        }
    }

    private func open(_ notifier: ChangeNotifier) throws -> any SQLEngine {
        switch engine {
        case .sqlite:
            return try SQLiteEngine(
                path: "\(place)/scaling.sqlite", readingThreads: Database.sqliteReaders, notifier: notifier)
        case .postgresql:
            #if PostgreSQL
            let pool = ConnectionPoolSize(connections: Database.postgreSQLConnections)
            return try PostgreSQLEngine(url: place, pool: pool, notifier: notifier)
            #else
            throw BenchmarkFailure.setUp("this build has no PostgreSQL")
            #endif
        }
    }

    func remove() {
        if engine == .sqlite { try? FileManager.default.removeItem(atPath: place) }
    }

    /// Updates PostgreSQL's statistics and visibility map, as autovacuum does in time. SQLite has neither, and is measured as
    /// the product leaves it.
    func settle() throws {
        guard engine == .postgresql else { return }
        Progress.report("VACUUM (ANALYZE)")
        for command in ["VACUUM (ANALYZE)", "CHECKPOINT"] {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = ["psql", "--no-psqlrc", "--quiet", "--dbname", place, "--command", command]
            try process.run()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else {
                throw BenchmarkFailure.command("psql", status: process.terminationStatus)
            }
        }
    }
}

extension TestInstallation {
    /// Runs a transaction of the benchmark's own, which may touch everything.
    func change<Value: Sendable>(_ body: @escaping @Sendable (SystemScope) throws -> Value) async throws -> Value {
        try await environment.store.systemWrite(.everything, body)
    }

    func look<Value: Sendable>(_ body: @escaping @Sendable (SystemScope) throws -> Value) async throws -> Value {
        try await environment.store.systemRead(body)
    }
}
