internal import HummingbirdCore
internal import HummingbirdHTTP2
internal import Logging
internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import PharmacyServices

/// A TLS connection, for which the client selects HTTP/2 or HTTP/1.1 (ALPN, RFC 7301). It is closed if its handshake
/// does not complete in time.
struct TLSServerChannel: ServerChildChannel {
    enum Negotiated: Sendable {
        case http1(HTTP1ServerChannel.Value)
        case http2(HTTP2Channel.Value)
    }

    struct Connection: ServerChildChannelValue {
        let negotiated: EventLoopFuture<Negotiated>
        let channel: any Channel
    }

    private let context: NIOSSLContext
    private let http1: HTTP1ServerChannel
    private let http2: HTTP2Channel
    private let handshake: TimeAmount

    /// - Throws: `NIOSSLError` if BoringSSL refuses the configuration.
    init(
        tls: TLSConfiguration, limits: ConnectionLimits, responder: @escaping HTTPChannelHandler.Responder
    ) throws {
        var tls = tls
        tls.applicationProtocols = ["h2", "http/1.1"]
        context = try NIOSSLContext(configuration: tls)
        http1 = HTTP1ServerChannel(limits: limits, responder: responder)
        http2 = HTTP2Channel(
            responder: StreamCancellation.cancellingWithStream(responder), configuration: limits.http2)
        handshake = TimeAmount(limits.handshake)
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Connection> {
        channel.eventLoop.makeCompletedFuture {
            let negotiation = NIOTypedApplicationProtocolNegotiationHandler<Negotiated> { result in
                switch result {
                case .negotiated("h2"): http2.setup(channel: channel, logger: logger).map { .http2($0) }
                case .negotiated, .fallback: http1.setup(channel: channel, logger: logger).map { .http1($0) }
                }
            }
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(NIOSSLServerHandler(context: context))
            try pipeline.addHandler(HandshakeDeadline(handshake))
            try pipeline.addHandler(negotiation)
            return Connection(negotiated: negotiation.protocolNegotiationResult, channel: channel)
        }
    }

    func handle(value: Connection, logger: Logger) async {
        do {
            switch try await value.negotiated.get() {
            case .http1(let connection): await http1.handle(value: connection, logger: logger)
            case .http2(let connection): await http2.handle(value: connection, logger: logger)
            }
        } catch {
            // Logged at debug level only: scanners cause many of these.
            logger.debug("a TLS handshake failed", metadata: ["error": "\(FailureCause.words(error))"])
        }
    }
}
