internal import Glibc
internal import HummingbirdCore
internal import HummingbirdHTTP2
internal import NIOCore
internal import PartnerAPI

/// What one connection may take of the server.
struct ConnectionLimits: Sendable {
    /// From the end of a response to the first byte of the next request. Proxies that reuse connections give up theirs
    /// after 60 s as a rule; the server must not be the first, or a request is lost that is sent at that moment.
    var keepAlive = Duration.seconds(75)
    /// From the beginning of a connection, or of a request, to the end of its header; and between parts of a body.
    var idle = Duration.seconds(30)
    /// From the beginning to the end of the TLS handshake.
    var handshake = Duration.seconds(10)
    /// From a request's header to the end of its body.
    var request = Duration.seconds(60)
    /// From the end of the last response to the client's own end of the connection.
    var linger = Duration.seconds(5)
    /// From the end of what a client sends until it is first checked that it still waits for its
    /// response.
    var presenceProbe = Duration.milliseconds(250)
    /// A request line, in bytes: the longest filters and cursors are a few hundred.
    var requestLineBytes = 16 * 1024
    /// All header fields of a request together, in bytes: a JWT, a trace and a key or two.
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

    /// Lets this process have as many connections and files as the system allows it: the usual limit of 1,024 is spent
    /// by one client that opens connections and says nothing.
    static func raiseFileLimit() {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(files, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        // Where this is refused the server goes on with what it has.
        _ = setrlimit(files, &limit)
    }
}
