internal import Glibc

/// Standard output for results that must be complete, such as an export.
enum StandardOutput {
    /// Writes one line.
    /// - Throws: `CommandError` if it cannot be written, for example to a full disk.
    static func write(_ line: [UInt8]) throws {
        var rest = (line + [UInt8(ascii: "\n")])[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else {
                throw CommandError(description: "Standard output cannot be written.")
            }
            rest = rest.dropFirst(max(0, count))
        }
    }
}
