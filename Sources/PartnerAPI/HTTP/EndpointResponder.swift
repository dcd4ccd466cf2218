package import Hummingbird
import PharmacyServices

/// Answers the requests of one endpoint: caller and rate, then content, then the handler.
package struct EndpointResponder: HTTPResponder {
    /// What is answered.
    let endpoint: Endpoint
    /// The verbs.
    let services: PartnerAPIRouter.Dependencies
    /// Lets requests in.
    let gate: AdmissionGate

    /// The handler's answer.
    package func respond(to request: Request, context: PartnerContext) async throws -> Response {
        guard let tenant = context.tenant else { throw APIError(.tenantNotFound) }
        let caller = try await gate.admit(request, to: endpoint, tenant: tenant, context: context)
        let declared = endpoint.operation.queryParameters
        let query = QueryReader(request.uri.query, declared: declared)
        // Where parameters are declared, the handler reads them, and what is wrong is told together.
        if declared.isEmpty { try query.finish() }
        let content = try await RequestContent.read(
            request, for: endpoint.operation.body, limit: endpoint.bodyLimit)
        let partnerRequest = PartnerRequest(
            request, endpoint: endpoint, context: context, services: services, tenant: tenant, caller: caller,
            query: query, body: content)
        return try await withAuditActor(as: caller, requestID: context.requestID) {
            try await endpoint.handler(partnerRequest).response
        }
    }
}
