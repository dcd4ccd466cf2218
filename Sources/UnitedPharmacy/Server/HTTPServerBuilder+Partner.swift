internal import HummingbirdCore

extension HTTPServerBuilder {
    /// HTTP/1.1; with a certificate HTTP/1.1 and HTTP/2 over TLS.
    static func partnerAPI(
        certificate: ServerCertificate?, limits: ConnectionLimits = ConnectionLimits()
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            guard let certificate else { return HTTP1ServerChannel(limits: limits, responder: responder) }
            return try TLSServerChannel(tls: certificate.configuration, limits: limits, responder: responder)
        }
    }
}
