package import HTTPTypes
internal import Hummingbird

/// A request that cannot be read as HTTP, or whose body breaks off or is framed wrongly: what its client gets to read.
///
/// The HTTP layer does not write such responses itself. It passes a stand-in for the request up, followed by this error
/// in place of the body, so that the response gets its id, its line in the log, its count and its turn like all others.
package struct RequestRefusal: Error, Sendable, Equatable {
    /// The machine code, which determines the status.
    package let code: APIErrorCode
    /// A sentence for people. It quotes nothing of the request, which may name a patient.
    package let message: String

    /// A refusal with a sentence of its own.
    package init(_ code: APIErrorCode, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The scheme of stand-ins. Over HTTP/1 the server sets the scheme, so no client can send this one.
    private static let scheme = "refused"

    /// The stand-in for a request.
    /// - Parameters:
    ///   - method: as sent, where it could be read.
    ///   - path: as sent, where it could be read; it decides the shape of the error.
    ///   - headerFields: those that could be read.
    package static func standIn(
        method: HTTPRequest.Method = .get, path: String = "/", headerFields: HTTPFields = [:]
    ) -> HTTPRequest {
        HTTPRequest(method: method, scheme: scheme, authority: nil, path: path, headerFields: headerFields)
    }

    /// Whether a request is a stand-in.
    static func isStandIn(_ request: HTTPRequest) -> Bool { request.scheme == scheme }

    /// The error of a stand-in.
    static func error(of request: Request) async throws -> APIError {
        do {
            _ = try await request.body.collect(upTo: 0)
        } catch let refusal as RequestRefusal {
            return APIError(refusal)
        }
        // An HTTP/2 client chose this scheme.
        return APIError(.badRequest, message: "The :scheme of a request must be http or https.")
    }
}

extension APIError {
    /// The error of a request that cannot be read. What follows it on the connection cannot be trusted to be a request
    /// (RFC 9112 §6.3), so the connection ends with the response.
    init(_ refusal: RequestRefusal) {
        self.init(refusal.code, message: refusal.message, headers: [.connection: "close"])
    }
}
