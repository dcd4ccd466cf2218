import Dispatch
import Foundation
import Synchronization

/// A program that says `Listening on URL` when it listens, as a process of its own.
final class ListeningProcess: Sendable {
    /// The URL it says.
    let origin: String
    private let process: Mutex<Process>
    private let ending: ProcessEnding

    /// Starts a program and waits until it says that it listens.
    /// - Parameters:
    ///   - announcement: what stands before the URL.
    ///   - log: a file for what it writes on standard error; without, the announcement may be there, too.
    init(
        _ arguments: [String], environment: [String: String], announcement: String = "Listening on ", log: URL? = nil
    ) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        ending = ProcessEnding(of: process)
        if let log {
            try Data().write(to: log)
            process.standardError = try FileHandle(forWritingTo: log)
        }
        let output = try oneProcessAtATime.withLock { _ in
            let output = Pipe()
            process.standardOutput = output
            if log == nil { process.standardError = output }
            try process.run()
            return output
        }
        var text = ""
        var origin: String?
        while origin == nil {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else {
                throw ServerProcess.StartFailure(description: "the program ended before it listened: \(text)")
            }
            text += String(decoding: data, as: UTF8.self)
            // Only whole lines.
            for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                guard let start = line.range(of: announcement)?.upperBound else { continue }
                origin = String(line[start...].prefix { $0 != " " && $0 != ")" })
            }
        }
        self.origin = origin ?? ""
        self.process = Mutex(process)
    }

    var identifier: Int32 { process.withLock(\.processIdentifier) }

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
