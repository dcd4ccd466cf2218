import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("The start of a server", .timeLimit(.minutes(3)))
struct StartTests {
    private static let key = ["UP_MASTER_KEY": String(repeating: "5a", count: 32)]

    /// Serves until it listens, and returns what it has logged by then.
    private func log(of directory: URL, settings: [String: String] = [:]) throws -> String {
        let log = FileManager.default.temporaryDirectory.appending(path: "up-log-\(UUID().uuidString)")
        let server = try ServerProcess(
            in: directory, settings: settings.merging(["UP_LOG_LEVEL": "info"]) { $1 }, log: log)
        #expect(server.stop() == 0)
        return try String(contentsOf: log, encoding: .utf8)
    }

    @Test("The log contains version, engine, schema step, data directory and database, and reports a new database")
    func startLine() throws {
        let directory = try ServerProcess.temporaryDirectory().appending(path: "data")
        let first = try log(of: directory)
        let line = try #require(first.split(separator: "\n").first { $0.contains("the server starts") })
        #expect(line.contains("version=1.1.0") && line.contains("data_directory=\(directory.path)"))
        #expect(line.contains(/\sschema_step=[1-9][0-9]*/))
        if TestDatabase.isPostgreSQL {
            #expect(line.contains(/engine=PostgreSQL 1\d/) && line.contains(/\sdatabase=\S+:5432\/up_[0-9a-f]+/))
        } else {
            #expect(line.contains(/engine=SQLite 3\.\d+/))
            #expect(line.contains("database=\(directory.path)/united-pharmacy.sqlite"))
        }
        #expect(first.contains(/notice united-pharmacy: made a new database database=/))
        #expect(try log(of: directory).contains("the server starts"))
        #expect(try !log(of: directory).contains("made a new database"))
    }

    @Test("A new database in a directory with files of an earlier one causes a warning that names them")
    func lostDatabase() throws {
        let directory = try ServerProcess.temporaryDirectory().appending(path: "data")
        let settings = TestDatabase.isPostgreSQL ? ["UP_DATABASE_URL": try TestDatabase.newURL()] : [:]
        _ = try log(of: directory, settings: settings)
        // The file was removed, or the URL is another's.
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: directory.path + "/united-pharmacy.sqlite" + suffix)
        }
        let other = TestDatabase.isPostgreSQL ? ["UP_DATABASE_URL": try TestDatabase.newURL()] : [:]
        let text = try log(of: directory, settings: other)
        let line = try #require(text.split(separator: "\n").first { $0.contains("made a new database although") })
        #expect(line.contains("warning"))
        for name in ["master.key", "incarnation", "audit-anchors.log"] { #expect(line.contains("/\(name)"), "\(name)") }
    }

    @Test("An empty, a truncated and a foreign database file stop the start with advice, and are not changed")
    func damagedFiles() throws {
        let directory = try ServerProcess.temporaryDirectory().appending(path: "data")
        let server = try ServerProcess(on: .sqlite, in: directory, settings: StartTests.key)
        #expect(server.stop() == 0)
        let file = directory.appending(path: "united-pharmacy.sqlite")
        let whole = try Data(contentsOf: file)
        for (content, words) in [
            (Data(), "is empty, and is not used as a new one"), (whole.prefix(whole.count / 2), "is truncated"),
            (whole.prefix(60), "is truncated"), (Data("not a database".utf8), "is not a SQLite database"),
        ] {
            try content.write(to: file)
            let result = try runProgram(
                [ServerProcess.executable, "serve", "--port", "0"],
                environment: StartTests.key.merging(["UP_DATA_DIR": directory.path]) { $1 })
            #expect(result.status == 1)
            #expect(result.output.contains("\(file.path) \(words)") && result.output.contains("restore"))
            #expect(try Data(contentsOf: file) == content)
        }
    }
}
