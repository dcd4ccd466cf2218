import Logging
import PharmacyDomain
import PharmacyStore
import Synchronization
import Testing

@testable import UnitedPharmacy

@Suite("Log entries on their way", .timeLimit(.minutes(2)))
struct LogQueueTests {
    /// Lines that were written, and a gate that a test can close.
    private final class Sink: Sendable {
        private let lines = Mutex<[String]>([])
        private let gate = Mutex(())
        /// Sent when a write begins.
        let begun = AsyncSignal<Void>(.untilReceived)

        func write(_ text: String) {
            begun.send()
            gate.withLock { _ in }
            lines.withLock { $0 += text.split(separator: "\n").map(String.init) }
        }

        var written: [String] { lines.withLock(\.self) }

        /// Runs something while writes wait, as they do for a reader that has stopped reading.
        func whileClosed(_ work: () -> Void) { gate.withLock { _ in work() } }
    }

    private func append(_ number: Int, to queue: LogQueue) {
        let event = LogEvent(
            level: .info, message: "entry \(number)", metadata: [:], source: "test", file: #fileID,
            function: #function, line: #line)
        queue.append(
            LogQueue.Entry(
                output: LogOutput(label: "up", level: .info, format: .text), event: event,
                at: Timestamp(milliseconds: 1_766_423_701_000)))
    }

    @Test("Entries are written in their order, also those that arrive during a write")
    func order() async throws {
        let sink = Sink()
        let queue = LogQueue { sink.write($0) }
        for number in 0..<1_000 { append(number, to: queue) }
        queue.flush()
        #expect(sink.written.count == 1_000)
        #expect(sink.written.first == "2025-12-22T17:15:01+00:00 info up: entry 0")
        #expect(sink.written.last?.hasSuffix("entry 999") == true)
        #expect(sink.written.enumerated().allSatisfy { $1.hasSuffix("entry \($0)") })
    }

    @Test("An entry is written without anybody's flush, also after a pause")
    func byItself() async throws {
        let sink = Sink()
        let queue = LogQueue { sink.write($0) }
        for number in 0..<3 {
            append(number, to: queue)
            try await sink.begun.wait()
        }
        queue.flush()
        #expect(sink.written.count == 3)
    }

    @Test("Entries beyond the limit are dropped while nobody reads, and their number is reported")
    func dropped() async throws {
        let sink = Sink()
        let queue = LogQueue(limit: 10) { sink.write($0) }
        sink.whileClosed {
            // At most one batch is being written meanwhile, whose entries do not count.
            for number in 0..<100 { append(number, to: queue) }
        }
        queue.flush()
        let numbers = sink.written.compactMap { line in
            line.firstMatch(of: #/^(\d+) log entries were dropped/#).flatMap { Int($0.output.1) }
        }
        let entries = sink.written.filter { $0.hasPrefix("2025-12-22") }
        #expect(numbers.reduce(0, +) == 100 - entries.count && (10...20).contains(entries.count))
    }
}
