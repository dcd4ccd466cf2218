import Hummingbird
import PharmacyDomain
import PharmacyServices

/// Responds to requests that match an endpoint: it checks the caller and the rate, reads the content, and calls the
/// handler. It passes all other requests to the framework's router, which has the server's own routes and the hub's
/// pages.
struct EndpointMiddleware: RouterMiddleware {
    private let dependencies: APIDependencies
    private let gate: AdmissionGate
    private let compression = ResponseCompression()

    init(dependencies: APIDependencies) {
        self.dependencies = dependencies
        self.gate = AdmissionGate(dependencies: dependencies)
    }

    func handle(
        _ request: Request, context: PartnerContext, next: (Request, PartnerContext) async throws -> Response
    ) async throws -> Response {
        guard let endpoint = context.endpoint(for: request.method), let tenant = context.tenant else {
            return try await next(request, context)
        }
        let caller = try await gate.admit(request, to: endpoint.operation, tenant: tenant, context: context)
        let declared = endpoint.operation.queryParameters
        let query = QueryReader(request.uri.query, declared: declared)
        // If parameters are declared, the handler reads them, so that all problems are reported together.
        if declared.isEmpty { try query.finish() }
        let content = try await RequestContent.read(
            request, for: endpoint.operation.body, limit: endpoint.bodyLimit)
        context.route?.deprecations(for: request.method)?.announce(
            sentIn: query, request.headers, content.json, in: context.pendingHeaders)
        let partnerRequest = PartnerRequest(
            request, to: endpoint, context: context, dependencies: dependencies, gate: gate, tenant: tenant,
            caller: caller, query: query, body: content)
        return try await withAuditActor(as: caller, requestID: context.requestID) {
            let response = try await endpoint.handler(partnerRequest)
            let isRevalidated = endpoint.operation.isRevalidated
            if isRevalidated, endpoint.operation.isCompressible {
                return try await compression.revalidated(response, by: request.headers).response
            }
            return (isRevalidated ? response.revalidated(by: request.headers) : response).response
        }
    }
}
