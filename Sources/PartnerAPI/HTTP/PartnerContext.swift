import HTTPTypes
package import Hummingbird
package import PharmacyDomain

/// The state of one request while it passes through the middleware.
package struct PartnerContext: RequestContext {
    /// Required by Hummingbird.
    package var coreContext: CoreRequestContextStorage
    /// Header fields for the response, including error responses.
    let pendingHeaders = PendingResponseHeaders()
    /// What the request concerns, for the logs.
    let subject = RequestSubject()
    /// The address of the other end of the connection; `nil` for a Unix domain socket or a test.
    let peer: IPAddress?
    /// The client's key in rate limits by address, see `ClientAddress.key`; `local` if it has no address.
    package internal(set) var clientAddress: String
    /// When the request arrived, after `RequestIdentityMiddleware` has set it.
    var receivedAt = Timestamp(milliseconds: 0)
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
        self.peer = source.channel.remoteAddress.flatMap(IPAddress.init)
        self.clientAddress = peer.map { ClientAddress.key($0.embedded) } ?? "local"
    }

    /// The endpoint that matches the path and the method.
    func endpoint(for method: HTTPRequest.Method) -> Endpoint? { route?.endpoint(for: method) }

    /// The order or the patient whose uuid is in the path.
    var pathSubject: (order: OrderID?, patient: PatientID?) {
        guard let (kind, segment) = route?.subject else { return (nil, nil) }
        let text = String(segments[segment])
        return switch kind {
        case .order: (OrderID(text), nil)
        case .patient: (nil, PatientID(text))
        }
    }
}
