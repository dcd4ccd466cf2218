import HTTPTypes

/// One operation of the API together with what answers it: the router and the OpenAPI document are made of these.
package struct Endpoint: Sendable {
    /// Who may call.
    package enum Access: Hashable, Sendable {
        /// Anybody.
        case open
        /// A partner with an access token.
        case bearer
        /// A partner with a setup token, or with an access token.
        case setupTokenOrBearer
        /// A partner with client credentials or another token in the body; the answers are OAuth 2's.
        case clientCredentials
    }

    /// Answers one request whose caller, rate and body have been checked.
    package typealias Handler = @Sendable (PartnerRequest) async throws -> PartnerResponse

    /// What the document says.
    package let operation: Operation
    /// Who may call.
    package let access: Access
    /// Whether tenants that are not sandboxes have no such path.
    package let isSandboxOnly: Bool
    /// What answers.
    package let handler: Handler

    /// An endpoint; its handler is at most fifteen lines: decode, call one verb, encode.
    package init(
        _ operation: Operation, access: Access = .bearer, isSandboxOnly: Bool = false, handler: @escaping Handler
    ) {
        self.operation = operation
        self.access = access
        self.isSandboxOnly = isSandboxOnly
        self.handler = handler
    }

    /// The path of every endpoint before its own.
    package static let basePath = "/pharmacy/{tenant}/api/v1"

    /// The whole path, as the router and the document write it.
    package var fullPath: String { "\(Endpoint.basePath)/\(operation.path)" }
    /// The most bytes a body may have: few where the body itself may have to show who the caller is.
    var bodyLimit: Int {
        switch access {
        case .open, .bearer: RequestContent.sizeLimit
        case .setupTokenOrBearer, .clientCredentials: RequestContent.unauthenticatedSizeLimit
        }
    }
    /// Whether errors carry the members of RFC 6749 §5.2.
    package var isOAuth: Bool { access == .clientCredentials }
}
