internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import PharmacyDomain
internal import Synchronization

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
