internal import Glibc
internal import Logging
internal import Metrics
internal import NIOPosix
internal import PharmacyDomain
internal import Synchronization

/// Log entries on their way to standard error. They are formatted and written by a thread of their own, many at a time, so that a
/// request neither formats its entries nor waits for whoever reads them. Entries beyond the limit are dropped, counted and reported.
///
/// A process that is killed loses the entries of `interval`. One that exits writes them before.
final class LogQueue: Sendable {
    static let shared = LogQueue { Terminal.write($0, to: STDERR_FILENO) }

    struct Entry: Sendable {
        let output: LogOutput
        let event: LogEvent
        let at: Timestamp
    }

    private struct State {
        var entries: [Entry] = []
        var dropped = 0
        /// Whether the thread runs, and will find further entries.
        var isRunning = false
    }

    private static let dropped = Counter(label: "log_entries_dropped_total")
    /// Entries that wait: some 8 MB.
    private static let limit = 20_000
    /// The thread looks for further entries at this interval, and stops when there were none.
    private static let interval = Duration.milliseconds(10)

    private let state = Mutex(State())
    /// Held while entries are taken and written, so that they keep their order.
    private let writing = Mutex(())
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let write: @Sendable (String) -> Void
    private let limit: Int

    /// - Parameter write: writes whole lines without the end of the last one.
    init(limit: Int = LogQueue.limit, write: @escaping @Sendable (String) -> Void) {
        self.limit = limit
        self.write = write
        thread.start()
    }

    func append(_ entry: Entry) {
        let mustStart = state.withLock { state in
            guard state.entries.count < limit else {
                state.dropped += 1
                return false
            }
            state.entries.append(entry)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if mustStart { thread.submit { [self] _ in run() } }
    }

    private func run() {
        while writeAll() || !stop() { _ = poll(nil, 0, CInt(LogQueue.interval.milliseconds)) }
    }

    /// - Returns: whether the thread may stop: no entry has arrived since the last look.
    private func stop() -> Bool {
        state.withLock { state in
            guard state.entries.isEmpty, state.dropped == 0 else { return false }
            state.isRunning = false
            return true
        }
    }

    /// Writes the entries that wait.
    /// - Returns: whether there were some.
    @discardableResult
    private func writeAll() -> Bool {
        writing.withLock { _ in
            let (entries, dropped) = state.withLock { state in
                defer { (state.entries, state.dropped) = ([], 0) }
                return (state.entries, state.dropped)
            }
            var lines = entries.map { $0.output.line(of: $0.event, at: $0.at) }
            if dropped > 0 {
                LogQueue.dropped.increment(by: dropped)
                let sentence = "\(dropped) log entries were dropped, because they could not be written fast enough"
                lines.append(Terminal.isJSON ? LogOutput.line(.warning, sentence) : sentence)
            }
            if !lines.isEmpty { write(lines.joined(separator: "\n")) }
            return !lines.isEmpty
        }
    }

    /// Writes everything that was appended before.
    func flush() { writeAll() }
}
