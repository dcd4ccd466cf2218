internal import HummingbirdCore

extension HTTPServerBuilder {
    /// HTTP/1.1; with a certificate over TLS, and HTTP/2 for clients that ask for it.
    static func partnerAPI(
        certificate: ServerCertificate?, limits: ConnectionLimits = ConnectionLimits()
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            guard let certificate else { return HTTP1ServerChannel(limits: limits, responder: responder) }
            return try TLSServerChannel(tls: certificate.configuration, limits: limits, responder: responder)
        }
    }
}
