internal import Synchronization

/// The address that the server listens on, and the URL that clients use. A server on any free port learns its port only
/// when it listens.
final class ServerAddress: Sendable {
    let scheme: String
    let host: String
    /// 0: any free port.
    let configuredPort: Int
    private let configuredURL: String?
    private let boundPort: Mutex<Int>

    init(_ configuration: ServerConfiguration, scheme: String) {
        self.scheme = scheme
        host = configuration.host
        configuredPort = configuration.port
        configuredURL = configuration.publicURL
        boundPort = Mutex(configuration.port)
    }

    /// The URL for clients, without a trailing slash.
    var publicURL: String { configuredURL ?? "\(scheme)://localhost:\(boundPort.withLock(\.self))" }

    func listens(on port: Int) {
        boundPort.withLock { $0 = port }
        Terminal.announce("Listening on \(scheme)://\(host):\(port)")
        Terminal.announce("Sandbox base URL: \(publicURL)/pharmacy/sandbox/api/v1")
        Terminal.announce("Developer hub: \(publicURL)/")
    }
}
