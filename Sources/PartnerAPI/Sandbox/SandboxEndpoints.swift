import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// The sandbox's controls, and ping (guide, Sandbox Environment).
enum SandboxEndpoints {
    /// In the order of the document.
    static let all = [advance, wipe, ping]

    /// `POST sandbox/orders/{uuid}/advance`.
    private static let advance = Endpoint(
        Operation(
            "advanceSandboxOrder", .post, "sandbox/orders/{uuid}/advance", tag: .sandbox,
            summary: "Advance a sandbox order",
            description: """
                Advances an order to a status now, through the statuses in between, with an event for each. Sandbox orders \
                also advance on their own; a `memo` that begins with `sandbox:fail`, `sandbox:cancel`, `sandbox:refund` or \
                `sandbox:hold` makes an order fail, be cancelled, be refunded, or stay pending. Sandboxes only; 404 on \
                other tenants.
                """,
            parameters: [
                .path("uuid", "The order's uuid.", example: "fd44a635-6d0c-47fa-8343-e0d604d46992")
            ],
            body: .json(
                .object([.required("status", .reference("OrderStatus"))]),
                examples: [("shipped", ["status": "shipped"])]),
            responses: [OrderEndpoints.one], errors: [.statusNotReachable]),
        isSandboxOnly: true
    ) { request in
        let id: OrderID = try request.id()
        let status = try OrderResource.advance.parse(request.body, request.wireContext)
        let order = try await request.services.sandbox.advance(id, to: status, tenant: request.tenant)
        return .data(OrderResource.order.encode(order))
    }

    /// `POST sandbox/wipe`.
    private static let wipe = Endpoint(
        Operation(
            "wipeSandbox", .post, "sandbox/wipe", tag: .sandbox, summary: "Wipe the sandbox",
            description: """
                Wipes the sandbox now: patients, orders, deliveries, credentials and tokens, including the caller's own. \
                The server prints a new setup token, unless it has a fixed one. A body is not needed and is ignored. \
                Sandboxes only; 404 on other tenants.
                """,
            responses: [Operation.Response(.noContent, "The sandbox is wiped.")], scopes: [.credentialsManage]),
        isSandboxOnly: true
    ) { request in
        try await request.services.sandbox.wipe(request.tenant)
        return .noContent
    }

    /// `GET ping`.
    private static let ping = Endpoint(
        Operation(
            "ping", .get, "ping", tag: .status, summary: "Ping",
            description: "Reports that the API is available. Needs no token.",
            responses: [
                Operation.Response(
                    .ok, "The API is available.", schema: .reference("Ping"),
                    example: [
                        "status": "ok", "tenant": "sandbox", "version": "1.1.0", "time": "2025-12-22T17:15:01+00:00",
                    ])
            ]),
        access: .open
    ) { request in
        .members([
            "status": "ok",
            "tenant": .string(request.tenant.name),
            "version": .string(request.site.version),
            "time": JSON(request.services.now()),
        ])
    }
}
