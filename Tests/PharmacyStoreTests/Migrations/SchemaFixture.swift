import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

/// A database as a program left it that knew the first migrations up to `version`, with a patient, an order and a credential
/// in it: `Fixtures/<version>.sql`, written by `Fixtures/make` in SQLite's SQL.
struct SchemaFixture: CustomTestStringConvertible, Sendable {
    let version: Int

    var testDescription: String { "schema version \(version)" }

    static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    /// All fixtures, the oldest first.
    static let all: [SchemaFixture] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return files.filter { $0.hasSuffix(".sql") }.compactMap { Int($0.dropLast(4)) }.sorted()
            .map(SchemaFixture.init)
    }()

    private func text() throws -> String {
        let file = SchemaFixture.directory.appending(path: "\(version).sql")
        return try String(contentsOf: file, encoding: .utf8)
    }

    /// Opens a database with the fixture's tables and rows.
    func open(on engine: TestDatabase.Engine) async throws -> any SQLEngine {
        switch engine {
        case .sqlite:
            let path = SampleInstallation.newPath()
            let connection = try SQLiteConnection(path: path, role: .writer)
            try connection.execute("PRAGMA foreign_keys = OFF")
            try connection.execute(try text())
            connection.close()
            return try SQLiteEngine(path: path, readingThreads: 1, notifier: ChangeNotifier())
        case .postgreSQL:
            #if PostgreSQL
            let url = try TestDatabase.newURL()
            let engine = try PostgreSQLEngine(
                url: url, pool: ConnectionPoolSize(connections: 7), notifier: ChangeNotifier())
            try await Migrations.apply(to: engine, upTo: version)
            let connection = try PostgreSQLConnection(url: url, role: .writer)
            defer { connection.close() }
            for row in try rowsForPostgreSQL() { try connection.execute(row) }
            return engine
            #else
            throw StoreError.unavailable("there is no PostgreSQL in this build")
            #endif
        }
    }

    /// The tables that the sample has rows in, each after those that it refers to.
    private static let tables = [
        "wrapped_keys", "tenants", "credentials", "token_families", "refresh_tokens", "patients", "orders",
    ]

    /// The fixture's rows as statements for PostgreSQL. The migrations have made the tables.
    private func rowsForPostgreSQL() throws -> [String] {
        let lines = try text().split(separator: "\n").map(String.init)
        return SchemaFixture.tables.flatMap { table in
            lines.filter { $0.hasPrefix("INSERT INTO \"\(table)\" ") }
                .map { $0.replacing("X'", with: "'\\x") }
        }
    }
}

/// The content of the fixtures; `Fixtures/make` has the same values.
enum SchemaSample {
    static let masterKey = [UInt8](repeating: 1, count: 32)
    static let now = Timestamp(milliseconds: 1_700_000_000_000)
    static let tenant = "11111111-1111-4111-8111-111111111111"
    /// Has a patient with the same address.
    static let otherTenant = "22222222-2222-4222-8222-222222222222"
    static let patient = "33333333-3333-4333-8333-333333333333"
    static let otherPatient = "44444444-4444-4444-8444-444444444444"
    static let order = "55555555-5555-4555-8555-555555555555"
    static let credential = "66666666-6666-4666-8666-666666666666"
    static let family = "77777777-7777-4777-8777-777777777777"
    static let secret = "up_secret_of_the_sample"
    static let refreshToken = "up_refresh_token_of_the_sample"
    static let webhookSecret = "whsec_sample"
    static let email = "Jane.Doe@example.com"
}
