import Dispatch
import Foundation
import Synchronization

/// The built executable, run as an operator runs it: a process of its own, on a free port.
final class ServerProcess: Sendable {
    static let setupToken = "up_setup_" + String(repeating: "t", count: 43)

    let directory: URL
    /// `http://127.0.0.1:PORT`.
    let origin: String
    private let process: Mutex<Process>
    private let ending: ProcessEnding

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
    func command(_ arguments: String...) throws -> (status: Int32, output: String) {
        try runProgram([ServerProcess.executable] + arguments + ["--data-dir", directory.path])
    }

    static func temporaryDirectory() throws -> URL {
        let directory = FileManager.default.temporaryDirectory.appending(path: "up-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return directory
    }

    /// Starts a server and waits until it says that it listens.
    /// - Parameters:
    ///   - directory: the data directory; an earlier server's for a restart.
    ///   - settings: `UP_` variables.
    ///   - log: a file for what it writes on standard error, in place of the tests' own.
    init(in directory: URL, settings: [String: String] = [:], log: URL? = nil) throws {
        let process = Process()
        process.executableURL = URL(filePath: try ServerProcess.executable)
        process.arguments = ["serve", "--port", "0", "--data-dir", directory.path]
        process.environment = ProcessInfo.processInfo.environment.merging([
            "UP_SANDBOX_SETUP_TOKEN": ServerProcess.setupToken, "UP_SANDBOX_STEP": "50ms",
            "UP_RATE_LIMIT": "1000000/s", "UP_AUTH_RATE_LIMIT": "1000000/s",
            "UP_LOG_LEVEL": RecordedLogs.isOn ? "trace" : "error",
            "UP_WEBHOOK_RETRY_DELAY": "200ms",
        ]) { $1 }.merging(settings) { $1 }
        ending = ProcessEnding(of: process)
        if let log = try log ?? RecordedLogs.newLog() {
            try Data().write(to: log)
            process.standardError = try FileHandle(forWritingTo: log)
        }
        let output = try oneProcessAtATime.withLock { _ in
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            return output
        }
        var text = ""
        var origin: String?
        while origin == nil {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw StartFailure(description: "the server ended before it listened: \(text)") }
            text += String(decoding: data, as: UTF8.self)
            origin = text.split(separator: "\n").first { $0.hasPrefix("Listening on ") }
                .map { String($0.dropFirst("Listening on ".count)) }
        }
        self.directory = directory
        self.origin = origin ?? ""
        self.process = Mutex(process)
    }

    var baseURL: String { origin + "/pharmacy/sandbox/api/v1" }

    /// `kill -9`.
    func kill() {
        process.withLock { process in
            _ = Glibc.kill(process.processIdentifier, SIGKILL)
            ending.wait()
        }
    }

    func send(signal: Int32) {
        process.withLock { _ = Glibc.kill($0.processIdentifier, signal) }
    }

    /// `SIGTERM`, and the exit status.
    func stop() -> Int32 {
        send(signal: SIGTERM)
        return waitForExit()
    }

    /// The exit status.
    func waitForExit() -> Int32 {
        process.withLock { process in
            ending.wait()
            return process.terminationStatus
        }
    }
}

/// Held while pipes are made and a process is started: a process that starts at the same time would inherit the other
/// ends, and whoever waits for their end would wait for that process too.
private let oneProcessAtATime = Mutex(())

/// The end of a process, to be waited for on any thread: `waitUntilExit` waits on the run loop of the thread that
/// started the process, which is not the thread that a task goes on with, and may then wait for ever.
private final class ProcessEnding: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    /// - Parameter process: not started yet.
    init(of process: Process) {
        process.terminationHandler = { [semaphore] _ in semaphore.signal() }
    }

    func wait() {
        semaphore.wait()
        // For whoever waits next.
        semaphore.signal()
    }
}

/// Runs a program to its end.
/// - Returns: its exit status and what it wrote, both outputs together.
func runProgram(_ arguments: [String], environment: [String: String] = [:], input: String? = nil) throws -> (
    status: Int32, output: String
) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let ending = ProcessEnding(of: process)
    let (output, source) = try oneProcessAtATime.withLock { _ in
        let (output, source) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = output
        process.standardInput = source
        try process.run()
        return (output, source)
    }
    try source.fileHandleForWriting.write(contentsOf: Data((input ?? "").utf8))
    try source.fileHandleForWriting.close()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    ending.wait()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}
