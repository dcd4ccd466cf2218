internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import PharmacyDomain
internal import Synchronization

/// An HTTP server that collects anchors. Each anchor is the body of a `POST`, and a status of 2xx confirms it.
package final class AuditAnchorCollector: AuditAnchorSink {
    package let name = "url"
    private let url: String
    /// Created for the first anchor, so that a server that fails to start has nothing to shut down.
    private let connection = Mutex<Connection?>(nil)

    /// The client and its own thread: name lookups of one thread run one after another, and a collector whose name does not
    /// resolve must not delay calls to the pharmacy system.
    private struct Connection {
        let client: KeepAliveClient
        let thread: MultiThreadedEventLoopGroup
    }

    /// - Parameter url: set by the operator; it may be inside the network.
    package init(url: String) {
        self.url = url
    }

    private func connectedClient() -> KeepAliveClient {
        connection.withLock { connection in
            if let connection { return connection.client }
            var configuration = HTTPClient.Configuration(
                redirectConfiguration: .disallow,
                timeout: HTTPClient.Configuration.Timeout(
                    connect: .milliseconds(ServiceLimits.anchorTimeout.milliseconds)))
            // A refused connection is reported at once; `AuditAnchoring` decides when to retry.
            configuration.connectionPool.retryConnectionEstablishment = false
            let thread = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let made = Connection(
                client: KeepAliveClient(eventLoopGroup: thread, configuration: configuration), thread: thread)
            connection = made
            return made.client
        }
    }

    /// Closes the connection. Nothing may be written afterwards.
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
            // A retry may send the same line twice; the collector treats it as one anchor.
            status = try await connectedClient().execute(message, deadline: deadline).status.code
        } catch {
            // The library's description may contain the URL.
            throw AuditAnchorFile.Failure(description: "the request failed (\(FailureCause.words(error)))")
        }
        guard (200...299).contains(status) else {
            throw AuditAnchorFile.Failure(description: "it responded with status \(status)")
        }
    }
}
