import HTTPTypes
import Logging
import Synchronization

/// Warns once if requests seem to come through a reverse proxy although no trusted proxy is configured. All clients
/// then share the proxy's rate limit, and features that are limited to this machine may be open to others.
final class UnconfiguredProxyWarning: Sendable {
    /// Header fields that proxies add.
    private static let proxyFields: [HTTPField.Name] = [.forwarded, .xForwardedFor, .xForwardedProto]

    private let hasWarned = Atomic(false)

    /// Checks the header fields of a request. Clients can send such fields too, so the warning is only a hint.
    func check(_ headers: HTTPFields, logger: Logger) {
        guard !hasWarned.load(ordering: .relaxed),
            UnconfiguredProxyWarning.proxyFields.contains(where: headers.contains),
            !hasWarned.exchange(true, ordering: .relaxed)
        else { return }
        logger.warning(
            """
            a request carried a Forwarded or X-Forwarded field, but no trusted proxy is configured: if a reverse proxy \
            is in front of this server, set UP_TRUSTED_PROXIES and UP_PUBLIC_URL
            """)
    }
}
