package import HTTPTypes
import Hummingbird
package import PharmacyDomain
package import PharmacyServices

/// A request as handlers see it: the tenant is active, the caller is authenticated and within its rate limit, and the
/// body is parsed.
package struct PartnerRequest: Sendable {
    private let dependencies: APIDependencies
    /// The verbs.
    package var services: APIServices { dependencies.services }
    package var limits: APILimits { dependencies.limits }
    package var site: APISite { dependencies.site }
    /// The tenant in the path.
    package let tenant: Tenant
    /// `nil` if the operation does not require an access token.
    package let caller: Caller?
    /// Always an object; empty if the request has no body, or a table.
    package let body: JSON
    /// The rows of a table; `nil` if the body is none.
    package let rows: [TableRow]?
    /// The body as it was received, for comparing requests with the same idempotency key.
    package let rawBody: [UInt8]
    package let headers: HTTPFields
    /// The query, with the problems found before any value is read, such as unknown parameters.
    private let query: QueryReader
    /// The values of the path parameters, percent-encoded.
    private let pathParameters: [(name: String, value: Substring)]
    private let endpoint: Endpoint
    private let gate: AdmissionGate
    private let pendingHeaders: PendingResponseHeaders
    /// The id in `X-Request-Id`, in logs and in error bodies.
    let requestID: String
    /// What the request concerns, for the logs.
    let subject: RequestSubject

    init(
        _ request: Request, to endpoint: Endpoint, context: PartnerContext, dependencies: APIDependencies,
        gate: AdmissionGate, tenant: Tenant, caller: Caller?, query: QueryReader, body: RequestContent
    ) {
        self.dependencies = dependencies
        self.tenant = tenant
        self.caller = caller
        self.body = body.json
        self.rows = body.rows
        self.rawBody = body.bytes
        self.headers = request.headers
        self.query = query
        self.pathParameters = context.route?.parameters(context.segments) ?? []
        self.subject = context.subject
        self.endpoint = endpoint
        self.gate = gate
        self.pendingHeaders = context.pendingHeaders
        self.requestID = context.requestID
    }

    /// Counts the items of a batch against the caller's rate limit, all or none. The request itself is one of them.
    /// - Throws: 429 if the limit would be exceeded.
    package func count(items: Int) async throws(APIError) {
        guard let caller, items > 1 else { return }
        try await gate.count(items - 1, of: caller, headers: pendingHeaders)
    }

    /// The text of a path parameter; `nil` if it cannot be decoded.
    package func pathText(_ name: String) -> String? {
        pathParameters.first { $0.name == name }.flatMap { PercentEncoding.decode(segment: $0.value) }
    }

    /// An identifier in the path.
    /// - Throws: 404 if it is not a UUID, as for a UUID that does not exist.
    package func id<Thing>(_ name: String = "uuid") throws(APIError) -> Identifier<Thing> {
        guard let text = pathText(name), let id = Identifier<Thing>(text) else { throw APIError(.notFound) }
        return id
    }

    /// Reads the query.
    /// - Throws: every problem at once, after `read` has read all parameters.
    package func query<Value>(_ read: (inout QueryReader) -> Value) throws(ValidationErrors) -> Value {
        var reader = query
        let value = read(&reader)
        try reader.finish()
        return value
    }

    /// The scope of the request's `Idempotency-Key`; `nil` if it has none.
    /// - Throws: `ValidationErrors` if the key is not valid.
    package func idempotency() throws(ValidationErrors) -> IdempotencyRequest? {
        guard let key = try IdempotencyKey(headers: headers) else { return nil }
        let operation = endpoint.operation
        // The method and the path after the tenant, such as `POST orders`, are part of the key's scope.
        return IdempotencyRequest(
            key: key.text, operation: "\(operation.method.rawValue) \(operation.path)", body: rawBody)
    }

    /// Decides by `If-Match` about a resource as it is now (RFC 9110 §13.1.1); `nil` if the request has none.
    package var precondition: (@Sendable (Representation) -> Bool)? {
        guard let expected = EntityTag.List(.ifMatch, in: headers) else { return nil }
        return { resource in PartnerResponse.data(resource).entityTag.map(expected.containsStrongly) ?? false }
    }

    /// The context for parsing the body.
    var wireContext: WireContext {
        WireContext(today: CalendarDate(services.now()), egress: services.orders.egress(of: tenant))
    }

    /// `nil` if the request has no `Authorization` header.
    package var authorization: AuthorizationHeader? { AuthorizationHeader(headers) }

    /// The absolute path of one of the tenant's resources, for `Location`.
    package func location(_ path: String) -> String { "/pharmacy/\(tenant.name)/api/v1/\(path)" }
}
