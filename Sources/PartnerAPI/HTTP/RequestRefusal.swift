package import HTTPTypes
internal import Hummingbird

/// The error for a request that is not valid HTTP, or whose body is incomplete or framed wrongly.
///
/// The HTTP layer does not write such responses itself. It sends a placeholder request through the middleware, with
/// this error in place of the body. The response then has a request id, is logged and counted, and keeps its order on
/// the connection, like all other responses.
package struct RequestRefusal: Error, Sendable, Equatable {
    /// The machine code, which determines the status.
    package let code: APIErrorCode
    /// A sentence for people. It quotes nothing from the request, which may contain personal data.
    package let message: String

    package init(_ code: APIErrorCode, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The scheme of placeholders. Over HTTP/1 the server sets the scheme, so clients cannot send this one.
    private static let scheme = "refused"

    /// The placeholder for a request that could not be read.
    /// - Parameters:
    ///   - method: the method, if it could be read.
    ///   - path: the path, if it could be read. It decides whether the error has the members of OAuth 2.
    ///   - headerFields: the header fields that could be read.
    package static func standIn(
        method: HTTPRequest.Method = .get, path: String = "/", headerFields: HTTPFields = [:]
    ) -> HTTPRequest {
        HTTPRequest(method: method, scheme: scheme, authority: nil, path: path, headerFields: headerFields)
    }

    /// Whether a request is a placeholder.
    static func isStandIn(_ request: HTTPRequest) -> Bool { request.scheme == scheme }

    /// The error that a placeholder carries.
    static func error(of request: Request) async throws -> APIError {
        do {
            _ = try await request.body.collect(upTo: 0)
        } catch let refusal as RequestRefusal {
            return APIError(refusal)
        }
        // It is no placeholder: an HTTP/2 client sent this scheme.
        return APIError(.badRequest, message: "The :scheme of a request must be http or https.")
    }
}

extension APIError {
    /// The error of a request that cannot be read. The bytes that follow it cannot be trusted to be another request
    /// (RFC 9112 §6.3), so the connection is closed after the response.
    init(_ refusal: RequestRefusal) {
        self.init(refusal.code, message: refusal.message, headers: [.connection: "close"])
    }
}
