import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// Webhook deliveries and the secret they are signed with (guide, section 5).
enum WebhookEndpoints {
    /// In the order of the document.
    static let all = [list, get, redeliver, sample] + WebhookRecoveryEndpoints.all + [rotateSecret]

    /// The delivery in the path.
    private static let id = Operation.Parameter.path(
        "id", "The delivery's id.", example: "0b9df3b0-5f0a-4f86-8d5c-2a9bd7d4b0f5")

    /// `GET webhooks/deliveries`.
    private static let list = Endpoint(
        Operation(
            "listDeliveries", .get, "webhooks/deliveries", tag: .webhooks, summary: "List webhook deliveries",
            description: """
                What was sent, or is to be sent, to your webhook URLs; newest first, in pages. To walk through all of them, \
                send `pagination.next_cursor` as `cursor` until it is `null`. A `410` with the code `cursor_expired` means \
                that the walk must begin again.
                """,
            parameters: [
                .page, .perPage, .cursor,
                .query("status", .oneOf(Delivery.Status.self), "Deliveries in this status.", example: "failed"),
                .query(
                    "order", .uuid, "Deliveries of this order's events.",
                    example: "fd44a635-6d0c-47fa-8343-e0d604d46992"),
                .query(
                    "event", .oneOf(OrderEvent.Kind.self), "Deliveries of this event type.", example: "order.shipped"),
            ],
            responses: [
                Operation.Response(
                    .ok, "A page of deliveries.", schema: .listPage(of: .reference("Delivery")),
                    example: [
                        "data": [WebhookSchemas.deliveryExample], "pagination": CommonSchemas.listPaginationExample,
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
        return .page(deliveries.map(Document.init))
    }

    /// `GET webhooks/deliveries/{id}`.
    private static let get = Endpoint(
        Operation(
            "getDelivery", .get, "webhooks/deliveries/{id}", tag: .webhooks, summary: "Get a webhook delivery",
            description: "One delivery with its payload and each attempt.", parameters: [id],
            responses: [
                Operation.Response(
                    .ok, "The delivery.", schema: .data(.reference("DeliveryDetails")),
                    example: ["data": WebhookSchemas.detailsExample])
            ])
    ) { request in
        .data(try await request.services.webhooks.delivery(request.id("id"), tenant: request.tenant))
    }

    /// `POST webhooks/deliveries/{id}/redeliver`.
    private static let redeliver = Endpoint(
        Operation(
            "redeliver", .post, "webhooks/deliveries/{id}/redeliver", tag: .webhooks,
            summary: "Deliver a webhook again",
            description: """
                Sends the event again, with the same `webhook-id` and a new round of attempts. A body is not needed and \
                not read.
                """,
            parameters: [id],
            responses: [
                Operation.Response(
                    .accepted, "The delivery; it is pending again.", schema: .data(.reference("Delivery")),
                    example: ["data": WebhookSchemas.deliveryExample])
            ],
            errors: [.deliveryPending])
    ) { request in
        .data(
            try await request.services.webhooks.redeliver(request.id("id"), tenant: request.tenant), status: .accepted)
    }

    /// `GET webhooks/sample`.
    private static let sample = Endpoint(
        Operation(
            "sampleWebhook", .get, "webhooks/sample", tag: .webhooks, summary: "Get a sample payload",
            description: "The payload that an event of this type would have, to test your receiver with.",
            parameters: [
                .query(
                    "event", .oneOf(OrderEvent.Kind.self).defaulting(to: "order.shipped"), "The event type.",
                    example: "order.shipped")
            ],
            responses: [
                Operation.Response(
                    .ok, "The payload.", schema: .data(.reference("WebhookPayload")),
                    example: ["data": WebhookSchemas.payloadExample])
            ])
    ) { request in
        let kind: OrderEvent.Kind? = try request.query { $0.choice("event") }
        return .data(request.services.webhooks.sample(kind ?? .shipped))
    }

    /// `POST webhooks/secret/rotate`.
    private static let rotateSecret = Endpoint(
        Operation(
            "rotateWebhookSecret", .post, "webhooks/secret/rotate", tag: .webhooks,
            summary: "Rotate the webhook secret",
            description: """
                Makes a new webhook secret, shown this once. Until `activates_at`, 24 hours later unless \
                `activate_after` says otherwise, `X-Webhook-Signature` is made with the old secret and \
                `webhook-signature` lists the signatures of both; afterwards only the new one is used. A rotation while \
                another is pending replaces it: that one's secret is never used alone. Credentials made meanwhile show \
                the old secret.
                """,
            parameters: [.idempotencyKey],
            body: .json(
                .reference("SecretRotationRequest"), isRequired: false,
                examples: [("in an hour", ["activate_after": 3600])]),
            responses: [
                Operation.Response(
                    .ok, "The new secret.", schema: .data(.reference("SecretRotation")),
                    example: ["data": WebhookSchemas.rotationExample], headers: [.cacheControl, .idempotentReplayed])
            ], scopes: [.credentialsManage])
    ) { request in
        let rotation = try await request.services.webhooks.rotateSecret(
            body: request.body, tenant: request.tenant, idempotency: request.idempotency())
        return PartnerResponse.data(rotation.value)
            .replayed(rotation.isReplay)
            .with(.cacheControl, "no-store")
    }
}
