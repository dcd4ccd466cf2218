import HTTPTypes
import Logging
import Synchronization

/// Warns once where requests seem to come through a reverse proxy although no trusted proxy is configured: all clients
/// then share the proxy's rate limit, and what is allowed on this machine alone may be open to others.
final class UnnamedProxyWarning: Sendable {
    /// The fields that proxies add.
    private static let signs: [HTTPField.Name] = [.forwarded, .xForwardedFor, .xForwardedProto]

    /// Whether it has been given.
    private let isGiven = Atomic(false)

    /// Looks at the fields of a request. Clients can send them too, so that they are a sign and no more.
    func look(at headers: HTTPFields, logger: Logger) {
        guard UnnamedProxyWarning.signs.contains(where: headers.contains),
            !isGiven.exchange(true, ordering: .relaxed)
        else { return }
        logger.warning(
            """
            a request carried a Forwarded or X-Forwarded field, but no trusted proxy is configured: if a reverse proxy \
            is in front of this server, set UP_TRUSTED_PROXIES and UP_PUBLIC_URL
            """)
    }
}
