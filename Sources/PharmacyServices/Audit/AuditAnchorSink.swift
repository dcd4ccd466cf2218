internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import PharmacyDomain
internal import Synchronization

/// Where anchors are written, outside the database.
package protocol AuditAnchorSink: Sendable {
    /// For metrics and logs: one of a few words.
    var name: String { get }

    /// Writes one line.
    /// - Throws: where it may not have arrived; its description holds no value and no path.
    func write(_ line: [UInt8]) async throws
}

extension AuditAnchorFile: AuditAnchorSink {
    package var name: String { "file" }

    package func write(_ line: [UInt8]) async throws { try await append(line) }
}

/// The system's log, which other machines may collect: a datagram to the socket that `syslog(3)` writes to, so that one that
/// is not taken is noticed. `syslog` itself reports nothing.
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
        guard file >= 0 else { throw AuditAnchorFile.Failure("making a socket failed") }
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
        guard isConnected else { throw AuditAnchorFile.Failure("reaching it failed") }
        let sent = message.withUnsafeBytes { send(file, $0.baseAddress, $0.count, 0) }
        guard sent == message.count else { throw AuditAnchorFile.Failure("writing to it failed") }
    }
}

/// An HTTP server that collects anchors: each is the body of a `POST`, which counts as taken with a status of 2xx.
package final class AuditAnchorCollector: AuditAnchorSink {
    package let name = "url"
    private let url: String
    /// Made for the first anchor, so that a server which does not start has none to shut down.
    private let connection = Mutex<Connection?>(nil)

    /// The client, on a thread of its own: look-ups of names that one thread asks for wait for each other, and a collector
    /// whose name does not resolve must not hold up calls to the pharmacy system.
    private struct Connection {
        let client: KeepAliveClient
        let thread: MultiThreadedEventLoopGroup
    }

    /// - Parameter url: chosen by the operator; it may lead inside the network.
    package init(url: String) {
        self.url = url
    }

    private func made() -> KeepAliveClient {
        connection.withLock { connection in
            if let connection { return connection.client }
            var configuration = HTTPClient.Configuration(
                redirectConfiguration: .disallow,
                timeout: HTTPClient.Configuration.Timeout(
                    connect: .milliseconds(ServiceLimits.anchorTimeout.milliseconds)))
            // Refused connections are reported at once; when to try again is decided elsewhere.
            configuration.connectionPool.retryConnectionEstablishment = false
            let thread = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let made = Connection(
                client: KeepAliveClient(eventLoopGroup: thread, configuration: configuration), thread: thread)
            connection = made
            return made.client
        }
    }

    /// Nothing may be written afterwards.
    package func shutdown() async {
        guard let made = connection.withLock(\.self) else { return }
        await made.client.shutdown()
        try? await made.thread.shutdownGracefully()
    }

    package func write(_ line: [UInt8]) async throws {
        var message = HTTPClientRequest(url: url)
        message.method = .POST
        message.headers.add(name: "Content-Type", value: "application/json")
        message.body = .bytes(line)
        let deadline = NIODeadline.now() + .milliseconds(ServiceLimits.anchorTimeout.milliseconds)
        let status: UInt
        do {
            // The same line twice is one anchor.
            status = try await made().execute(message, deadline: deadline).status.code
        } catch {
            // The library's words may hold the URL.
            throw AuditAnchorFile.Failure(description: "the request failed (\(FailureCause.words(error)))")
        }
        guard (200...299).contains(status) else {
            throw AuditAnchorFile.Failure(description: "it responded with status \(status)")
        }
    }
}
