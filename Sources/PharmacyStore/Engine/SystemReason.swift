internal import Glibc

/// The operating system's description of an error.
enum SystemReason {
    /// - Parameter code: `errno`, read before any other call.
    static func text(_ code: CInt = errno) -> String { String(cString: strerror(code)) }
}
