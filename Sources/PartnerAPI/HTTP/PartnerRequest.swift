package import HTTPTypes
import Hummingbird
package import PharmacyDomain
package import PharmacyServices

/// A request as handlers see it: of an active tenant, from a known caller, within its rate, its body read.
package struct PartnerRequest: Sendable {
    /// The verbs.
    package let services: PartnerAPIRouter.Dependencies
    /// The tenant in the path.
    package let tenant: Tenant
    /// Who calls; `nil` where no access token is needed.
    package let caller: Caller?
    /// The body: always an object, an empty one where there is none.
    package let body: JSON
    /// The body as it came.
    package let rawBody: [UInt8]
    /// The header.
    package let headers: HTTPFields
    /// What follows the `?`; what is wrong with it as such is known.
    private let query: QueryReader
    /// What the router found in the path.
    fileprivate let pathParameters: Parameters
    /// The method and the path below the tenant, such as `POST orders`.
    private let operation: String
    /// Whose request it is, for the log.
    let subject: RequestSubject

    /// What the middleware and the gates have made of a request.
    init(
        _ request: Request, endpoint: Endpoint, context: PartnerContext, services: PartnerAPIRouter.Dependencies,
        tenant: Tenant, caller: Caller?, query: QueryReader, body: RequestContent
    ) {
        self.services = services
        self.tenant = tenant
        self.caller = caller
        self.body = body.json
        self.rawBody = body.bytes
        self.headers = request.headers
        self.query = query
        self.pathParameters = context.parameters
        self.subject = context.subject
        self.operation = "\(endpoint.operation.method.rawValue) \(endpoint.operation.path)"
    }

    /// The identifier in the path; one that cannot be any thing's is a thing that is not there.
    package func id<Thing>(_ name: String = "uuid") throws(APIError) -> Identifier<Thing> {
        guard let raw = pathParameters.get(name), let text = PercentEncoding.decode(raw.utf8, plusIsSpace: false),
            let id = Identifier<Thing>(text)
        else { throw APIError(.notFound) }
        return id
    }

    /// Reads the query: all that `read` asks for, every problem at once.
    package func query<Value>(_ read: (inout QueryReader) -> Value) throws(ValidationErrors) -> Value {
        var reader = query
        let value = read(&reader)
        try reader.finish()
        return value
    }

    /// The request to repeat, where the caller named one; `nil` without an `Idempotency-Key`.
    package func idempotency() throws(ValidationErrors) -> IdempotencyRequest? {
        guard let key = try IdempotencyKey(headers: headers) else { return nil }
        return IdempotencyRequest(key: key.text, operation: operation, body: rawBody)
    }

    /// What the `Authorization` header says; `nil` where there is none.
    package var authorization: AuthorizationHeader? { AuthorizationHeader(headers) }

    /// The absolute path of a thing of the tenant.
    package func location(_ path: String) -> String { "/pharmacy/\(tenant.name)/api/v1/\(path)" }
}
