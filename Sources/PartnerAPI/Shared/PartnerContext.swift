import FoundationEssentials
import HTTPTypes
package import Hummingbird
import Logging
import NIOCore
package import PharmacyDomain
import Synchronization

/// What is known of one request on its way through the middleware.
package struct PartnerContext: RequestContext {
    /// The framework's part.
    package var coreContext: CoreRequestContextStorage
    /// Header fields that the answer gets, whatever it will be.
    let notes = AnswerNotes()
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

/// Header fields gathered while a request is worked on, for its answer: they must reach errors too, and an error
/// leaves no context behind.
final class AnswerNotes: Sendable {
    /// What was gathered so far.
    private let fields = Mutex(HTTPFields())

    /// Sets one field of the answer.
    func set(_ name: HTTPField.Name, _ value: String) {
        fields.withLock { $0[name] = value }
    }

    /// Puts the gathered fields in `response`, in place of its own.
    func apply(to response: inout Response) {
        for field in fields.withLock({ $0 }) { response.headers[field.name] = field.value }
    }
}

/// The id of a request.
enum RequestID {
    /// The most characters a caller's id may have.
    static let lengthLimit = 128

    /// The caller's id where it is 1 to 128 of `A`–`Z`, `a`–`z`, `0`–`9`, `.`, `_` and `-`; else a new UUID.
    static func accepting(_ value: String?) -> String {
        guard let value, isSane(value) else { return UUID().uuidString.lowercased() }
        return value
    }

    /// Whether an id can stand in logs and headers as it is.
    private static func isSane(_ value: String) -> Bool {
        (1...lengthLimit).contains(value.utf8.count)
            && value.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
