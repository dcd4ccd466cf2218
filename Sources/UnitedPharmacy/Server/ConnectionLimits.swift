internal import Glibc
internal import HummingbirdCore
internal import HummingbirdHTTP2
internal import NIOCore
internal import PartnerAPI

/// The limits of one connection.
struct ConnectionLimits: Sendable {
    /// From the end of a response to the first byte of the next request.
    var keepAlive = ServerConfiguration.defaults.keepAlive
    /// From the start of a connection, or of a request, to the end of the header; and between parts of a body.
    var idle = Duration.seconds(30)
    /// For the TLS handshake.
    var handshake = Duration.seconds(10)
    /// From a request's header to the end of its body.
    var request = Duration.seconds(60)
    /// From the end of the last response until the client closes its side.
    var linger = Duration.seconds(5)
    /// From the time at which a client closes its side to the first check that it still waits for the response.
    var presenceProbe = Duration.milliseconds(250)
    /// Of a request line. The longest filters and cursors have a few hundred bytes.
    var requestLineBytes = 16 * 1024
    /// Of all header fields of a request: enough for a JWT, a trace and some keys.
    var headerBytes = 32 * 1024
    /// Fields in the header of a request.
    var headerFields = 100

    var http2: HTTP2ChannelConfiguration {
        HTTP2ChannelConfiguration(
            idleTimeout: keepAlive,
            streamConfiguration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [
                    RequestDeadline(request), ContinueHandler(largestBody: PartnerAPIRouter.bodyLimit),
                    ConnectionFieldHandler(),
                ], idleTimeout: TimeAmount(idle)))
    }

    /// Raises the limit of open files, and so of connections, as far as the system allows. A single client with idle
    /// connections could exhaust the usual limit of 1,024.
    static func raiseFileLimit() {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(files, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        // If this fails, the server continues with the previous limit.
        _ = setrlimit(files, &limit)
    }

    /// How many connections may be open at once: the limit of open files without those that are open now, and without
    /// a quarter of the limit, 32 to 1,024, for the database's files and for connections to receivers and pharmacies.
    static func room() -> Int {
        guard let limit = ProcessMetrics.descriptorLimit(), let open = ProcessMetrics.openDescriptors() else {
            return .max
        }
        let reserve = min(max(limit / 4, 32), 1024)
        return max(1, Int(exactly: (limit - open - reserve).rounded()) ?? .max)
    }
}
