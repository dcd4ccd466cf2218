import Dispatch
import Foundation
import Synchronization

/// A separate process that prints `Listening on URL` when it listens.
final class ListeningProcess: Sendable {
    /// The printed URL.
    let origin: String
    private let process: Mutex<Process>
    private let ending: ProcessEnding

    /// Starts a program and waits until it prints that it listens.
    /// - Parameters:
    ///   - announcement: the text in front of the URL.
    ///   - log: a file for its standard error; `nil`: the announcement may also be on standard error.
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

/// Locked while pipes are created and a process is started. A process that starts at the same time would inherit the pipes'
/// write ends, and readers of the pipes would also wait for that process.
private let oneProcessAtATime = Mutex(())

/// Waits for the end of a process on any thread. `waitUntilExit` uses the run loop of the thread that started the process. A
/// task may continue on another thread, where it could wait forever.
private final class ProcessEnding: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    /// - Parameter process: a process that is not started yet.
    init(of process: Process) {
        process.terminationHandler = { [semaphore] _ in semaphore.signal() }
    }

    func wait() {
        semaphore.wait()
        // Wakes the next caller that waits.
        semaphore.signal()
    }
}

/// Runs a program and waits for its end.
/// - Returns: its exit status, and standard output and standard error together.
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
