package import Hummingbird

/// The middleware, and behind it the framework's router with everything that is not an endpoint: the operator's routes, and pages
/// that are added later.
///
/// Endpoints are found by `RouteTable`, so the framework's router is not asked about them.
package struct PartnerRouter: HTTPResponderBuilder {
    let middleware: PartnerMiddleware
    /// Routes that are added here run through the same middleware.
    package let others: Router<PartnerContext>

    package func buildResponder() -> Responder { Responder(middleware: middleware, others: others.buildResponder()) }

    package struct Responder: HTTPResponder {
        let middleware: PartnerMiddleware
        let others: RouterResponder<PartnerContext>

        package func respond(to request: Request, context: PartnerContext) async throws -> Response {
            try await middleware.respond(to: request, context, others: others)
        }
    }
}

/// The middleware, in the order in which a request passes through it. The chain is written out: behind existentials and closures of
/// the framework it would cost a request several microseconds.
struct PartnerMiddleware: Sendable {
    let identity: RequestIdentityMiddleware
    let observation: ObservationMiddleware
    let errors: ErrorRenderingMiddleware
    let tenants: TenantMiddleware
    let endpoints: EndpointMiddleware

    /// - Parameter others: responds to requests that match no endpoint.
    func respond(
        to request: Request, _ context: PartnerContext, others: RouterResponder<PartnerContext>
    ) async throws -> Response {
        try await identity.handle(request, context: context) { request, context in
            try await observation.handle(request, context: context) { request, context in
                try await errors.handle(request, context: context) { request, context in
                    try await tenants.handle(request, context: context) { request, context in
                        try await endpoints.handle(request, context: context) { request, context in
                            try await others.respond(to: request, context: context)
                        }
                    }
                }
            }
        }
    }
}
