import Foundation
import PharmacyTestSupport
import Testing

/// The built executable, run as an operator runs it: a process of its own, on a free port.
final class ServerProcess: Sendable {
    static let setupToken = "up_setup_" + String(repeating: "t", count: 43)

    let directory: URL
    /// The settings that name its database, in PostgreSQL.
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

    /// Runs a command of the operator on the server's data, as a process of its own.
    func command(
        _ arguments: String..., settings: [String: String] = [:]
    ) throws -> (status: Int32, output: String) {
        try ServerProcess.run(arguments, in: directory, settings: database.merging(settings) { $1 })
    }

    /// Runs the executable to its end on the data of a directory.
    static func run(
        _ arguments: [String], in directory: URL, settings: [String: String] = [:]
    ) throws -> (status: Int32, output: String) {
        try runProgram(
            [executable] + arguments,
            environment: ["UP_DATA_DIR": directory.path].merging(try database(of: directory, settings)) { $1 }
                .merging(settings) { $1 })
    }

    /// Expects that what is stored twice agrees, also while the server runs: at the end of each test that kills one.
    func expectIntegrity(settings: [String: String] = [:]) throws {
        let checked = try command("integrity", "check", settings: settings)
        #expect(checked.status == 0, "\(checked.output)")
    }

    /// The settings with which a server finds its database, unless they are among those that it is given.
    private static func database(of directory: URL, _ settings: [String: String]) throws -> [String: String] {
        if let url = settings["UP_DATABASE_URL"] { return ["UP_DATABASE_URL": url] }
        return try TestDatabase.settings(forDataDirectory: directory.path)
    }

    static func temporaryDirectory() throws -> URL {
        let directory = FileManager.default.temporaryDirectory.appending(path: "up-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return directory
    }

    /// Starts a server and waits until it says that it listens.
    /// - Parameters:
    ///   - engine: where it keeps its data; that which is tested, unless another is named.
    ///   - directory: the data directory; an earlier server's for a restart.
    ///   - settings: `UP_` variables.
    ///   - log: a file for what it writes on standard error, in place of the tests' own.
    ///   - files: the most file descriptors it may have, where there is a limit to test.
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
