import HTTPTypes

/// One operation of the API with its handler. The router and the OpenAPI document are built from the endpoints. A class: a request
/// passes it on several times, and an operation has many parts.
package final class Endpoint: Sendable {
    /// Handles one request after its caller, its rate and its body were checked.
    package typealias Handler = @Sendable (PartnerRequest) async throws -> PartnerResponse

    package let operation: Operation
    let handler: Handler

    /// - Parameter handler: at most fifteen lines: decode, call one verb, encode.
    package init(
        _ operation: Operation, access: Operation.Access = .bearer, isSandboxOnly: Bool = false,
        handler: @escaping Handler
    ) {
        var operation = operation
        operation.access = access
        operation.isSandboxOnly = isSandboxOnly
        self.operation = operation
        self.handler = handler
    }

    /// The maximum size of the body in bytes. It is lower if the body may contain the caller's credentials, since it is
    /// then read before the caller is known.
    var bodyLimit: Int {
        switch operation.access {
        case .open, .bearer: RequestContent.sizeLimit
        case .setupTokenOrBearer, .clientCredentials: RequestContent.unauthenticatedSizeLimit
        }
    }
}
