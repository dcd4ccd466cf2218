import HTTPTypes
import Hummingbird
import Logging
import PharmacyDomain
import PharmacyServices

/// Finds the tenant of every path under `/pharmacy/{tenant}`, and refuses wrong methods with 405.
struct TenantMiddleware: RouterMiddleware {
    let accounts: Accounts
    /// The methods of the paths that are not endpoints, such as `/livez`.
    let methods: [String: [HTTPRequest.Method]]

    func handle(
        _ request: Request, context: PartnerContext, next: (Request, PartnerContext) async throws -> Response
    ) async throws -> Response {
        let segments = context.segments
        guard segments.first == "pharmacy", segments.count >= 2 else {
            try checkMethod(request, segments)
            return try await next(request, context)
        }
        guard let name = PercentEncoding.decode(segment: segments[1]), Tenant.isValid(name: name),
            let tenant = try await accounts.tenant(named: name)
        else { throw APIError(.tenantNotFound) }
        var context = context
        context.tenant = tenant
        context.subject.record(tenant: tenant)
        context.logger[metadataKey: "tenant"] = .string(tenant.name)
        if let resetsAt = tenant.resetsAt { context.pendingHeaders.set(.xSandboxResetsAt, resetsAt.description) }
        if let route = context.route {
            if route.isSandboxOnly, !tenant.isSandbox { throw APIError(.notFound) }
            guard route.endpoint(for: request.method) != nil else {
                throw APIError(
                    .methodNotAllowed, message: "Method not allowed for this path. Allowed: \(route.allow).",
                    headers: [.allow: route.allow])
            }
        }
        return try await next(request, context)
    }

    /// Checks the method of a path outside the tenants' paths.
    /// - Throws: 405 with `Allow`.
    private func checkMethod(_ request: Request, _ segments: [Substring]) throws(APIError) {
        let known = methods[request.uri.path] ?? WellKnownRoutes.methods(segments)
        guard let known, !known.contains(request.method) else { return }
        let allow = known.map(\.rawValue).joined(separator: ", ")
        throw APIError(
            .methodNotAllowed, message: "Method not allowed for this path. Allowed: \(allow).",
            headers: [.allow: allow])
    }
}
