import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// Webhook deliveries and the secret that signs them (guide, section 5).
enum WebhookEndpoints {
    /// In the order of the document.
    static let all =
        [list, get, redeliver, sample] + WebhookRecoveryEndpoints.all + [rotateSecret] + RegisteredEndpointEndpoints.all

    private static let id = Operation.Parameter.path(
        "id", "The delivery's id.", example: "0b9df3b0-5f0a-4f86-8d5c-2a9bd7d4b0f5")

    /// `GET webhooks/deliveries`.
    private static let list = Endpoint(
        Operation(
            "listDeliveries", .get, "webhooks/deliveries", tag: .webhooks, summary: "List webhook deliveries",
            description: """
                Lists what was sent, or will be sent, to your webhook URLs, newest first, in pages. To read the whole \
                list, send `pagination.next_cursor` as `cursor` until it is `null`. If you get `410` with the code \
                `cursor_expired`, start the list again.
                """,
            parameters: [
                .page, .perPage, .cursor,
                .query("status", .oneOf(Delivery.Status.self), "Deliveries in this status.", example: "failed"),
                .query(
                    "order", .uuid, "Deliveries of this order's events.",
                    example: "fd44a635-6d0c-47fa-8343-e0d604d46992"),
                .query(
                    "event", .oneOf(WebhookEventType.self), "Deliveries of this event type.", example: "order.shipped"),
            ],
            responses: [
                Operation.Response(
                    .ok, "A page of deliveries.", schema: .listPage(of: .reference("Delivery")),
                    example: [
                        "data": [WebhookResource.delivery.exampleJSON],
                        "pagination": CommonSchemas.listPaginationExample,
                    ],
                    links: [Operation.Link("getDelivery", "id", from: "/data/0/id")])
            ],
            errors: [.cursorExpired])
    ) { request in
        let (filter, page) = try request.query { query in
            var filter = DeliveryFilter()
            filter.status = query.choice("status")
            filter.orderID = query.identifier("order")
            filter.event = query.choice("event")
            return (filter, query.listPage())
        }
        let deliveries = try await request.services.webhooks.deliveries(filter, page: page, tenant: request.tenant)
        return .page(deliveries.map(WebhookResource.delivery.encode))
    }

    /// `GET webhooks/deliveries/{id}`.
    private static let get = Endpoint(
        Operation(
            "getDelivery", .get, "webhooks/deliveries/{id}", tag: .webhooks, summary: "Get a webhook delivery",
            description: "Returns one delivery with its payload and each attempt.", parameters: [id],
            responses: [
                Operation.Response(
                    .ok, "The delivery.", schema: .data(.reference("DeliveryDetails")),
                    example: ["data": WebhookResource.detailsExample])
            ])
    ) { request in
        let details = try await request.services.webhooks.delivery(request.id("id"), tenant: request.tenant)
        if let order = details.summary.orderID { request.subject.record(order: order) }
        return .data(WebhookResource.details.encode(details), adding: "payload", details.payload)
    }

    /// `POST webhooks/deliveries/{id}/redeliver`.
    private static let redeliver = Endpoint(
        Operation(
            "redeliver", .post, "webhooks/deliveries/{id}/redeliver", tag: .webhooks,
            summary: "Deliver a webhook again",
            description: """
                Sends the event again, with the same `webhook-id` and a new round of attempts. A body is not needed \
                and is ignored.
                """,
            parameters: [id],
            responses: [
                Operation.Response(
                    .accepted, "The delivery, which is pending again.", schema: .data(.reference("Delivery")),
                    example: ["data": WebhookResource.delivery.exampleJSON])
            ],
            errors: [.deliveryPending])
    ) { request in
        let delivery = try await request.services.webhooks.redeliver(request.id("id"), tenant: request.tenant)
        if let order = delivery.orderID { request.subject.record(order: order) }
        return .data(WebhookResource.delivery.encode(delivery), status: .accepted)
    }

    /// `GET webhooks/sample`.
    private static let sample = Endpoint(
        Operation(
            "sampleWebhook", .get, "webhooks/sample", tag: .webhooks, summary: "Get a sample payload",
            description: """
                Returns the payload of an event of this type, to test your receiver: of an order, or of a registered \
                endpoint.
                """,
            parameters: [
                .query(
                    "event", .oneOf(WebhookEventType.self).defaulting(to: "order.shipped"), "The event type.",
                    example: "order.shipped")
            ],
            responses: [
                Operation.Response(
                    .ok, "The payload.", schema: .data(WebhookResource.anyPayload),
                    example: ["data": WebhookResource.payload.exampleJSON])
            ])
    ) { request in
        let kind: WebhookEventType? = try request.query { $0.choice("event") }
        let webhooks = request.services.webhooks
        switch kind ?? .order(.shipped) {
        case .order(let type): return .data(WebhookResource.payload.encode(webhooks.sample(type)))
        case .endpoint(let type): return .data(WebhookResource.endpointPayload.encode(webhooks.sample(type)))
        }
    }

    /// `POST webhooks/secret/rotate`.
    private static let rotateSecret = Endpoint(
        Operation(
            "rotateWebhookSecret", .post, "webhooks/secret/rotate", tag: .webhooks,
            summary: "Rotate the webhook secret",
            description: """
                Creates a new webhook secret, which is shown only in this response. Until `activates_at` (24 hours \
                later, or after `activate_after` seconds), `X-Webhook-Signature` uses the old secret and \
                `webhook-signature` has the signatures of both; afterwards only the new secret is used. A rotation \
                replaces one that is pending, whose new secret is then never used alone. Credentials that are created \
                during a rotation show the old secret.
                """,
            parameters: [.idempotencyKey],
            body: .json(
                .reference("SecretRotationRequest"), isRequired: false,
                examples: [("in an hour", ["activate_after": 3600])]),
            responses: [
                Operation.Response(
                    .ok, "The new secret.", schema: .data(.reference("SecretRotation")),
                    example: ["data": WebhookResource.rotated.exampleJSON],
                    headers: [.cacheControl, .idempotentReplayed])
            ], scopes: [.credentialsManage])
    ) { request in
        let rotation = try WebhookResource.rotation.parse(request.body, request.wireContext)
        let rotated = try await request.services.webhooks.rotateSecret(
            after: rotation.activateAfter ?? WebhookSecrets.activationDefault, tenant: request.tenant,
            idempotency: request.idempotency())
        return PartnerResponse.data(WebhookResource.rotated.encode(rotated.value))
            .replayed(rotated.isReplay)
            .with(.cacheControl, "no-store")
    }
}
