import HTTPTypes
package import Hummingbird
package import PharmacyDomain

/// The state of one request while it passes through the middleware.
package struct PartnerContext: RequestContext {
    /// Required by Hummingbird.
    package var coreContext: CoreRequestContextStorage
    /// Header fields for the response, including error responses.
    let pendingHeaders = PendingResponseHeaders()
    /// The tenant and the credential, for the log.
    let subject = RequestSubject()
    /// The address of the other end of the connection; `nil` for a Unix domain socket or a test.
    let peer: IPAddress?
    /// The client's key in rate limits by address, see `ClientAddress.key`; `local` if it has no address.
    var clientAddress: String
    /// The id in `X-Request-Id`, in logs and in error bodies.
    package internal(set) var requestID = ""
    /// The segments of the path, percent-encoded.
    var segments: [Substring] = []
    /// `nil` if no endpoint has the path.
    var route: RouteTable.Route?
    /// The tenant in the path, after `TenantMiddleware` has found that it is active.
    package internal(set) var tenant: Tenant?

    package init(source: ApplicationRequestContextSource) {
        self.coreContext = CoreRequestContextStorage(source: source)
        self.peer = source.channel.remoteAddress?.ipAddress.flatMap(IPAddress.init)
        self.clientAddress = peer.map { ClientAddress.key($0.embedded) } ?? "local"
    }

    /// The endpoint that matches the path and the method.
    func endpoint(for method: HTTPRequest.Method) -> Endpoint? { route?.endpoint(for: method) }
}
