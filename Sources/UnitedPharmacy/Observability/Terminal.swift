internal import FoundationEssentials
internal import Glibc
internal import PharmacyDomain
internal import Synchronization

/// Lines for the operator: results on standard output, hints and errors on standard error. Lines are not buffered, so
/// that a program that waits for one receives it.
///
/// If logs are JSON, every line on standard error is a JSON entry. Announcements of a server are JSON entries as well
/// if both outputs go to the same file or pipe, so that a log collector receives nothing else.
enum Terminal {
    private static let format = Mutex(LogFormat.text)

    /// Sets the format of further lines. Called again when more settings are known.
    static func adopt(_ wanted: LogFormat) { format.withLock { $0 = wanted } }

    /// Whether lines on standard error are JSON entries.
    static var isJSON: Bool { format.withLock(\.self) == .json }

    /// Prints a result of a command, whatever the format of logs.
    static func info(_ line: String) { write(line, to: STDOUT_FILENO) }

    /// Prints facts about a running server, such as its address and the sandbox's setup token.
    static func announce(_ line: String) {
        guard isJSON, isOneOutput else { return write(line, to: STDOUT_FILENO) }
        write(LogOutput.line(.notice, line), to: STDOUT_FILENO)
    }

    /// Prints advice or a warning to standard error, because a program may read standard output.
    static func hint(_ sentence: String, level: Level = .notice) {
        writeAfterLog(isJSON ? LogOutput.line(level, sentence) : sentence)
    }

    static func error(_ sentence: String) {
        writeAfterLog(isJSON ? LogOutput.line(.error, sentence) : "united-pharmacy: " + sentence)
    }

    /// The log level of a line that is written as a JSON entry.
    enum Level: String {
        case notice
        case warning
        case error
    }

    /// Whether both outputs go to the same file, pipe or socket, as after `2>&1`, and not to a terminal.
    private static var isOneOutput: Bool {
        guard isatty(STDOUT_FILENO) == 0, let output = target(of: STDOUT_FILENO) else { return false }
        return output == target(of: STDERR_FILENO)
    }

    /// The path of an open file, or the kind and number of a pipe or a socket (`proc_pid_fd(5)`). Comparing `stat` structures would
    /// need no `/proc`, but the compiler then fails in some incremental builds: it takes them for CoreFoundation's.
    private static func target(of file: Int32) -> [CChar]? {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/fd/\(file)", &path, path.count)
        return length > 0 ? Array(path.prefix(length)) : nil
    }

    /// Writes a line to standard error, after the log entries that came before it.
    private static func writeAfterLog(_ line: String) {
        LogQueue.shared.flush()
        write(line, to: STDERR_FILENO)
    }

    /// Writes a whole line. A line that cannot be written is lost: there is no other output.
    static func write(_ line: String, to file: Int32) {
        let bytes = Array((line + "\n").utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { return }
            written += max(0, count)
        }
    }
}
