internal import Glibc

/// What the operator reads at the terminal: lines on standard output, complaints on standard error. Each is written at
/// once, so that a program that waits for one gets it.
enum Terminal {
    static func say(_ line: String) { write(line, to: STDOUT_FILENO) }

    /// On standard error: standard output may be read by a program.
    static func advise(_ sentence: String) { write(sentence, to: STDERR_FILENO) }

    static func complain(_ sentence: String) { write("united-pharmacy: " + sentence, to: STDERR_FILENO) }

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
