import HTTPTypes
import Hummingbird
import Logging
import PharmacyDomain
import PharmacyServices

/// Finds the tenant of every path below `/pharmacy/{tenant}`, and tells wrong methods from wrong paths.
struct TenantMiddleware: RouterMiddleware {
    /// Knows the tenants.
    let accounts: Accounts
    /// The methods of the paths beside the endpoints.
    let methods: [String: [HTTPRequest.Method]]

    /// Finds the tenant and checks the method before the request goes on.
    func handle(
        _ request: Request, context: PartnerContext, next: (Request, PartnerContext) async throws -> Response
    ) async throws -> Response {
        let segments = context.segments
        guard segments.first == "pharmacy", segments.count >= 2 else {
            try checkMethod(request)
            return try await next(request, context)
        }
        guard let name = PercentEncoding.decode(segments[1].utf8, plusIsSpace: false), Tenant.isValid(name: name),
            let tenant = try await accounts.tenant(named: name)
        else { throw APIError(.tenantNotFound) }
        var context = context
        context.tenant = tenant
        context.subject.note(tenant: tenant.name)
        context.logger[metadataKey: "tenant"] = .string(tenant.name)
        if let moment = tenant.resetsAt { context.notes.set(.xSandboxResetsAt, moment.description) }
        if let route = context.route {
            if route.isSandboxOnly, !tenant.isSandbox { throw APIError(.notFound) }
            guard route.endpoint(for: request.method) != nil else {
                throw APIError(
                    .methodNotAllowed, message: "The path answers \(route.allow), not this method.",
                    headers: [.allow: route.allow])
            }
        }
        return try await next(request, context)
    }

    /// Tells wrong methods from wrong paths outside the tenants'.
    private func checkMethod(_ request: Request) throws(APIError) {
        guard let known = methods[request.uri.path], !known.contains(request.method) else { return }
        throw APIError(
            .methodNotAllowed, headers: [.allow: known.map(\.rawValue).joined(separator: ", ")])
    }
}

extension RouteTable.Route {
    /// Whether tenants that are not sandboxes have no such path.
    fileprivate var isSandboxOnly: Bool { endpoints.allSatisfy(\.isSandboxOnly) }
}
