import HTTPTypes
package import Hummingbird
package import PharmacyDomain

/// What is known of one request on its way through the middleware.
package struct PartnerContext: RequestContext {
    /// The framework's part.
    package var coreContext: CoreRequestContextStorage
    /// Header fields that the answer gets, whatever it will be.
    let notes = PendingResponseHeaders()
    /// Whose request it is.
    let subject = RequestSubject()
    /// The other end of the connection; `nil` where it is no internet address.
    let peer: IPAddress?
    /// What tells the client from others by its address.
    var clientAddress: String
    /// The id in `X-Request-Id`, in logs and in errors.
    package internal(set) var requestID = ""
    /// What stands between the slashes of the path.
    var segments: [Substring] = []
    /// The path's entry among the endpoints; `nil` for a path that is none of theirs.
    var route: RouteTable.Route?
    /// The tenant in the path, once it is known to be active.
    package internal(set) var tenant: Tenant?

    /// A context for a request that came over a channel.
    package init(source: ApplicationRequestContextSource) {
        self.coreContext = CoreRequestContextStorage(source: source)
        self.peer = source.channel.remoteAddress?.ipAddress.flatMap(IPAddress.init)
        self.clientAddress = peer.map { ClientAddress.key($0.embedded) } ?? "local"
    }

    /// The endpoint that the request reaches, where path and method fit one.
    func endpoint(for method: HTTPRequest.Method) -> Endpoint? { route?.endpoint(for: method) }
}
