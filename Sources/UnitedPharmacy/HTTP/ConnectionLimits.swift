internal import Glibc
internal import HummingbirdCore
internal import HummingbirdHTTP2
internal import NIOCore
internal import PartnerAPI

/// What one connection may take of the server.
struct ConnectionLimits: Sendable {
    /// From the beginning, or the end of the last answer, to a whole request header; and between parts of a body.
    var idle = Duration.seconds(30)
    /// From the beginning to the end of the TLS handshake.
    var handshake = Duration.seconds(10)
    /// From a request's header to the end of its body.
    var request = Duration.seconds(60)
    /// All header fields of a request together, in bytes: a JWT, a trace and a key or two.
    var headerBytes = 32 * 1024
    /// Fields in the header of a request.
    var headerFields = 100

    var http1: HTTP1Channel.Configuration { configuration(isHTTP2: false) }

    var http2: HTTP2ChannelConfiguration {
        HTTP2ChannelConfiguration(idleTimeout: idle, streamConfiguration: configuration(isHTTP2: true))
    }

    private func configuration(isHTTP2: Bool) -> HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                RequestDeadline(request), ContinueHandler(largestBody: PartnerAPI.bodyLimit),
                ConnectionCloseHandler(isHTTP2: isHTTP2),
            ], idleTimeout: TimeAmount(idle),
            httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                maxHeaderFieldSize: headerBytes, maxHeaderListSize: headerBytes, maxHeaderFieldCount: headerFields))
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
