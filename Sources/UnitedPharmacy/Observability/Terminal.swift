internal import FoundationEssentials
internal import Glibc
internal import PharmacyDomain
internal import Synchronization

/// What the operator reads at the terminal: lines on standard output, complaints on standard error. Each is written at
/// once, so that a program that waits for one gets it.
///
/// Where logs are JSON, so is every line on standard error from the first on, whatever it is about, and what a server
/// announces where both outputs go to the same place: a collector of logs gets nothing else.
enum Terminal {
    private static let format = Mutex(LogFormat.text)

    /// Settles how lines for the operator are written from now on. Called again as more of the settings is known.
    static func adopt(_ wanted: LogFormat) { format.withLock { $0 = wanted } }

    /// Whether lines for the operator are entries of a log in JSON.
    static var isJSON: Bool { format.withLock(\.self) == .json }

    /// The outcome of a command: what it is run for, whatever the format of logs.
    static func info(_ line: String) { write(line, to: STDOUT_FILENO) }

    /// What a server says of itself: where it listens, its sandbox's setup token.
    static func announce(_ line: String) {
        guard isJSON, isOneOutput else { return write(line, to: STDOUT_FILENO) }
        write(LogOutput.line(.notice, line), to: STDOUT_FILENO)
    }

    /// On standard error: standard output may be read by a program.
    static func hint(_ sentence: String, level: Level = .notice) {
        write(isJSON ? LogOutput.line(level, sentence) : sentence, to: STDERR_FILENO)
    }

    static func error(_ sentence: String) {
        write(isJSON ? LogOutput.line(.error, sentence) : "united-pharmacy: " + sentence, to: STDERR_FILENO)
    }

    /// The weight of a line, where it is written as an entry of the log.
    enum Level: String {
        case notice
        case warning
        case error
    }

    /// Whether both outputs go to the same file, pipe or socket, as after `2>&1`, and to no person.
    private static var isOneOutput: Bool {
        var (output, errors) = (stat(), stat())
        guard isatty(STDOUT_FILENO) == 0, fstat(STDOUT_FILENO, &output) == 0, fstat(STDERR_FILENO, &errors) == 0 else {
            return false
        }
        return output.st_dev == errors.st_dev && output.st_ino == errors.st_ino
    }

    /// Writes a whole line. One that the terminal does not take is lost: there is nowhere else to say so.
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
