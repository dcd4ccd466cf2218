import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// Webhook endpoints that a tenant registers.
enum RegisteredEndpointEndpoints {
    /// In the order of the document.
    static let all = [list, create, get, update, delete, rotateSecret]

    private static let uuid = Operation.Parameter.path(
        "uuid", "The endpoint's uuid.", example: Examples.endpoint.json)

    private static let one = Operation.Response(
        .ok, "The endpoint.", schema: .data(.reference("WebhookEndpoint")),
        example: ["data": RegisteredEndpointResource.endpoint.exampleJSON])

    /// `GET webhooks/endpoints`.
    private static let list = Endpoint(
        Operation(
            "listWebhookEndpoints", .get, "webhooks/endpoints", tag: .webhooks, summary: "List webhook endpoints",
            description: "Lists your registered webhook endpoints, oldest first, without their secrets.",
            responses: [
                Operation.Response(
                    .ok, "The endpoints.",
                    schema: .data(.array(of: .reference("WebhookEndpoint"), maximum: EndpointRules.limit)),
                    example: ["data": [RegisteredEndpointResource.endpoint.exampleJSON]],
                    links: [Operation.Link("getWebhookEndpoint", "uuid", from: "/data/0/uuid")])
            ])
    ) { request in
        let endpoints = try await request.services.webhooks.endpoints(tenant: request.tenant)
        return .list(endpoints.map(RegisteredEndpointResource.endpoint.encode))
    }

    /// `POST webhooks/endpoints`.
    private static let create = Endpoint(
        Operation(
            "createWebhookEndpoint", .post, "webhooks/endpoints", tag: .webhooks,
            summary: "Register a webhook endpoint",
            description: """
                Registers an endpoint that receives the events of all your orders from now on, in addition to the \
                `webhook_urls` of an order. Its webhooks are signed with a secret of its own, which is shown only in \
                this response. A URL that is registered and also named by an order gets each event once, signed with \
                the endpoint's secret. A tenant may register 20 endpoints.
                """,
            parameters: [.idempotencyKey],
            body: .json(
                .reference("NewWebhookEndpoint"),
                examples: [("shipments", RegisteredEndpointResource.details.exampleBody)]),
            responses: [
                Operation.Response(
                    .created, "The new endpoint with its secret.", schema: .data(.reference("CreatedWebhookEndpoint")),
                    example: ["data": RegisteredEndpointResource.created.exampleJSON],
                    headers: [.location, .cacheControl, .idempotentReplayed],
                    links: [
                        Operation.Link("getWebhookEndpoint", "uuid", from: "/data/uuid"),
                        Operation.Link("updateWebhookEndpoint", "uuid", from: "/data/uuid"),
                        Operation.Link("rotateWebhookEndpointSecret", "uuid", from: "/data/uuid"),
                        Operation.Link("deleteWebhookEndpoint", "uuid", from: "/data/uuid"),
                    ])
            ],
            errors: [.endpointLimitReached])
    ) { request in
        let idempotency = try request.idempotency()
        let details = try RegisteredEndpointResource.details.parse(request.body, request.wireContext)
        let created = try await request.services.webhooks.createEndpoint(
            details, tenant: request.tenant, idempotency: idempotency)
        return PartnerResponse.data(RegisteredEndpointResource.created.encode(created.value))
            .created(at: request.location("webhooks/endpoints/\(created.value.endpoint.id)"))
            .replayed(created.isReplay)
            .with(.cacheControl, "no-store")
    }

    /// `GET webhooks/endpoints/{uuid}`.
    private static let get = Endpoint(
        Operation(
            "getWebhookEndpoint", .get, "webhooks/endpoints/{uuid}", tag: .webhooks, summary: "Get a webhook endpoint",
            description: "Returns one registered endpoint, without its secret.", parameters: [uuid], responses: [one])
    ) { request in
        let endpoint = try await request.services.webhooks.endpoint(request.id(), tenant: request.tenant)
        return .data(RegisteredEndpointResource.endpoint.encode(endpoint))
    }

    /// `PUT webhooks/endpoints/{uuid}`.
    private static let update = Endpoint(
        Operation(
            "updateWebhookEndpoint", .put, "webhooks/endpoints/{uuid}", tag: .webhooks,
            summary: "Update a webhook endpoint",
            description: """
                Changes the members that you send and leaves the others; `null` sets a member to its default. With \
                `paused`, nothing is sent to the URL: no deliveries are made for the endpoint, and those that wait, \
                also of orders that name the URL themselves, are held until you resume it. After a change of `url`, \
                deliveries that wait go to the new URL; the secret stays. Send `If-Match` so that you do not overwrite \
                a change that somebody has made since you read the endpoint.
                """,
            parameters: [uuid, .ifMatch],
            body: .json(
                .reference("WebhookEndpointChanges"),
                examples: [("changes", RegisteredEndpointResource.changesExample)]),
            responses: [one], errors: [.preconditionFailed])
    ) { request in
        let (body, context) = (request.body, request.wireContext)
        let endpoint = try await request.services.webhooks.updateEndpoint(
            request.id(), tenant: request.tenant, if: precondition(request)
        ) { details throws(ValidationErrors) in
            try RegisteredEndpointResource.details.parse(body, merging: details, context)
        }
        return .data(RegisteredEndpointResource.endpoint.encode(endpoint))
    }

    /// `DELETE webhooks/endpoints/{uuid}`.
    private static let delete = Endpoint(
        Operation(
            "deleteWebhookEndpoint", .delete, "webhooks/endpoints/{uuid}", tag: .webhooks,
            summary: "Delete a webhook endpoint",
            description: """
                Removes the endpoint. Deliveries that wait for it are not made: they fail when they are due. Orders \
                that name its URL themselves continue to be reported there, signed with the tenant's webhook secret.
                """,
            parameters: [uuid, .ifMatch], responses: [Operation.Response(.noContent, "The endpoint is deleted.")],
            errors: [.preconditionFailed])
    ) { request in
        try await request.services.webhooks.deleteEndpoint(
            request.id(), tenant: request.tenant, if: precondition(request))
        return .noContent
    }

    /// `POST webhooks/endpoints/{uuid}/secret/rotate`.
    private static let rotateSecret = Endpoint(
        Operation(
            "rotateWebhookEndpointSecret", .post, "webhooks/endpoints/{uuid}/secret/rotate", tag: .webhooks,
            summary: "Rotate the secret of a webhook endpoint",
            description: """
                Creates a new secret for the endpoint, which is shown only in this response. As with the tenant's \
                webhook secret, `X-Webhook-Signature` uses the old secret until `activates_at` (24 hours later, or \
                after `activate_after` seconds) and `webhook-signature` has the signatures of both; afterwards only the \
                new secret is used. A rotation replaces one that is pending.
                """,
            parameters: [uuid, .idempotencyKey],
            body: .json(
                .reference("SecretRotationRequest"), isRequired: false,
                examples: [("in an hour", ["activate_after": 3600])]),
            responses: [
                Operation.Response(
                    .ok, "The new secret.", schema: .data(.reference("WebhookEndpointSecret")),
                    example: ["data": RegisteredEndpointResource.rotated.exampleJSON],
                    headers: [.cacheControl, .idempotentReplayed])
            ], scopes: [.credentialsManage])
    ) { request in
        let rotation = try WebhookResource.rotation.parse(request.body, request.wireContext)
        let rotated = try await request.services.webhooks.rotateSecret(
            of: request.id(), after: rotation.activateAfter ?? WebhookSecrets.activationDefault, tenant: request.tenant,
            idempotency: request.idempotency())
        return PartnerResponse.data(RegisteredEndpointResource.rotated.encode(rotated.value))
            .replayed(rotated.isReplay)
            .with(.cacheControl, "no-store")
    }

    /// Decides by `If-Match` about an endpoint; `nil` if the request has none.
    private static func precondition(_ request: PartnerRequest) -> Webhooks.EndpointPrecondition? {
        guard let isExpected = request.precondition else { return nil }
        return { endpoint in isExpected(RegisteredEndpointResource.representation(of: endpoint)) }
    }
}
