internal import Glibc

/// Standard output for what must arrive whole, such as an export.
enum StandardOutput {
    /// Writes one line.
    /// - Throws: `ConfigurationError` when it is not taken, by a full disk for one.
    static func write(_ line: [UInt8]) throws {
        var rest = (line + [UInt8(ascii: "\n")])[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else {
                throw ConfigurationError(description: "Standard output could not be written.")
            }
            rest = rest.dropFirst(max(0, count))
        }
    }
}
