internal import Glibc

/// The operating system's words for why a call failed.
enum SystemReason {
    /// - Parameter code: `errno`, taken before any other call.
    static func text(_ code: CInt = errno) -> String { String(cString: strerror(code)) }
}
