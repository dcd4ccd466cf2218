import Foundation
import PharmacyTestSupport
import Testing

/// The built executable as a separate process on a free port.
final class ServerProcess: Sendable {
    static let setupToken = "up_setup_" + String(repeating: "t", count: 43)

    let directory: URL
    /// The settings of its PostgreSQL database; empty for SQLite.
    private let database: [String: String]
    private let process: ListeningProcess

    struct StartFailure: Error, CustomStringConvertible {
        let description: String
    }

    /// The directory that the tests and the executable were built into.
    private static var productDirectory: URL {
        get throws {
            let here = URL(filePath: CommandLine.arguments.first ?? "")
            let candidates = [
                here.deletingLastPathComponent(),
                URL(filePath: FileManager.default.currentDirectoryPath + "/.build/debug"),
            ]
            guard
                let found = candidates.first(where: {
                    FileManager.default.isExecutableFile(atPath: $0.appending(path: "united-pharmacy").path)
                })
            else { throw StartFailure(description: "united-pharmacy has not been built") }
            return found
        }
    }

    static var executable: String {
        get throws { try productDirectory.appending(path: "united-pharmacy").path }
    }

    /// Runs an operator command on the server's data, as a separate process.
    func command(
        _ arguments: String..., settings: [String: String] = [:]
    ) throws -> (status: Int32, output: String) {
        try ServerProcess.run(arguments, in: directory, settings: database.merging(settings) { $1 })
    }

    /// Runs the executable with a data directory, and waits for its end.
    static func run(
        _ arguments: [String], in directory: URL, settings: [String: String] = [:]
    ) throws -> (status: Int32, output: String) {
        try runProgram(
            [executable] + arguments,
            environment: ["UP_DATA_DIR": directory.path].merging(try database(of: directory, settings)) { $1 }
                .merging(settings) { $1 })
    }

    /// Expects that the integrity check finds nothing, also while the server runs. For the end of tests that kill a server.
    func expectIntegrity(settings: [String: String] = [:]) throws {
        let checked = try command("integrity", "check", settings: settings)
        #expect(checked.status == 0, "\(checked.output)")
    }

    /// The settings of a server's PostgreSQL database, unless `settings` contain them.
    private static func database(of directory: URL, _ settings: [String: String]) throws -> [String: String] {
        if let url = settings["UP_DATABASE_URL"] { return ["UP_DATABASE_URL": url] }
        return try TestDatabase.settings(forDataDirectory: directory.path)
    }

    static func temporaryDirectory() throws -> URL {
        let directory = FileManager.default.temporaryDirectory.appending(path: "up-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return directory
    }

    /// Starts a server and waits until it prints that it listens.
    /// - Parameters:
    ///   - engine: the database engine; `nil`: the engine under test.
    ///   - directory: the data directory; for a restart, that of the earlier server.
    ///   - settings: `UP_` variables.
    ///   - log: a file for its standard error instead of the tests' own.
    ///   - files: the limit of its file descriptors; `nil`: the system's.
    init(
        on engine: TestDatabase.Engine? = nil, in directory: URL, settings: [String: String] = [:], log: URL? = nil,
        files: Int? = nil
    ) throws {
        self.directory = directory
        database = engine == .sqlite ? [:] : try ServerProcess.database(of: directory, settings)
        let limit = files.map { ["sh", "-c", "ulimit -n \($0) && exec \"$@\"", "sh"] } ?? []
        process = try ListeningProcess(
            limit + [ServerProcess.executable, "serve", "--port", "0", "--data-dir", directory.path],
            environment: [
                "UP_SANDBOX_SETUP_TOKEN": ServerProcess.setupToken, "UP_SANDBOX_STEP": "50ms",
                "UP_RATE_LIMIT": "1000000/s", "UP_AUTH_RATE_LIMIT": "1000000/s",
                "UP_LOG_LEVEL": RecordedLogs.isOn ? "trace" : "error",
                "UP_WEBHOOK_RETRY_DELAY": "200ms",
            ].merging(database) { $1 }.merging(settings) { $1 }, log: try log ?? RecordedLogs.newLog())
    }

    /// `http://127.0.0.1:PORT`.
    var origin: String { process.origin }

    var baseURL: String { origin + "/pharmacy/sandbox/api/v1" }

    var identifier: Int32 { process.identifier }

    func kill() { process.kill() }
    func send(signal: Int32) { process.send(signal: signal) }
    func stop() -> Int32 { process.stop() }
    func waitForExit() -> Int32 { process.waitForExit() }
}
