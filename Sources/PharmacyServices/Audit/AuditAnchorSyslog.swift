internal import Glibc
internal import NIOHTTP1

/// The system's log, which other machines may collect. Each anchor is a datagram to the socket of `syslog(3)`, because
/// `syslog` itself does not report failures.
package struct AuditAnchorSyslog: AuditAnchorSink {
    package let name = "syslog"
    private let path: String

    /// `LOG_AUTHPRIV | LOG_NOTICE` (RFC 5424 §6.2.1): 10 × 8 + 5.
    private static let priority = 85

    package init(path: String = "/dev/log") {
        self.path = path
    }

    package func write(_ line: [UInt8]) async throws {
        let message = Array("<\(AuditAnchorSyslog.priority)>united-pharmacy[\(getpid())]: ".utf8) + line
        let file = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard file >= 0 else { throw AuditAnchorFile.Failure("creating a socket failed") }
        defer { close(file) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw AuditAnchorFile.Failure(description: "the socket's path is too long")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isConnected else { throw AuditAnchorFile.Failure("connecting to it failed") }
        let sent = message.withUnsafeBytes { send(file, $0.baseAddress, $0.count, 0) }
        guard sent == message.count else { throw AuditAnchorFile.Failure("writing to it failed") }
    }
}
