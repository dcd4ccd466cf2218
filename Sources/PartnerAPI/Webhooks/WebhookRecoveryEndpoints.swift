import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// Catching up after an outage, and trying a receiver out.
enum WebhookRecoveryEndpoints {
    /// In the order of the document.
    static let all = [health, events, recover, test]

    /// `GET webhooks/health`.
    private static let health = Endpoint(
        Operation(
            "getWebhookHealth", .get, "webhooks/health", tag: .webhooks, summary: "See how your webhook URLs are doing",
            description: """
                Each of your webhook URLs with its latest success and failure and what is still to be delivered; those \
                that are failing first, then the newest first. A URL is failing when five deliveries in a row failed for \
                good within a day, until one succeeds. We go on delivering to it all the same; once it works again, \
                `webhooks/recover` delivers what it has missed.
                """,
            parameters: [.page, .perPage],
            responses: [
                Operation.Response(
                    .ok, "A page of URLs.",
                    schema: .page(
                        of: .reference("WebhookHealth"),
                        beside: [.required("failing", .integer().described("How many of your URLs are failing."))]),
                    example: [
                        "data": [WebhookSchemas.healthExample], "pagination": CommonSchemas.paginationExample,
                        "failing": 1,
                    ])
            ])
    ) { request in
        let page = try request.query { $0.page() }
        let health = try await request.services.webhooks.health(page: page, tenant: request.tenant)
        return .page(
            health.urls.map(Document.init), beside: [JSON.Member("failing", JSON(health.failing))])
    }

    /// `GET webhooks/events`.
    private static let events = Endpoint(
        Operation(
            "listEvents", .get, "webhooks/events", tag: .webhooks, summary: "List events",
            description: """
                Every event of your orders in order, whether it was delivered or not: for catching up after an outage, or \
                instead of webhooks. Store `next_cursor` and send it as `after` to get what has come since; no event is \
                ever added before a cursor that you hold. A `410` with the code `cursor_expired` means that reading on would \
                miss events (a restored database, or events that the retention has removed): start again without `after`, \
                and skip events whose `id` you have processed.
                """,
            parameters: [
                .text(
                    "after", maximum: 64, "The `next_cursor` of an earlier answer; from the first event unless given.",
                    example: .string(exampleCursor)),
                .query(
                    "limit", .integer(1, PageRequest.maximumPerPage).defaulting(to: .integer(Int64(limit))),
                    "The most events, 1 to 100.", example: 50),
            ],
            responses: [
                Operation.Response(
                    .ok, "Some events, oldest first.",
                    schema: .data(
                        .array(of: .reference("WebhookPayload")),
                        beside: [
                            .required("next_cursor", .string().example(.string(exampleCursor))),
                            .required("has_more", .boolean.described("Whether there are more at once.")),
                        ]),
                    example: [
                        "data": [WebhookSchemas.payloadExample], "next_cursor": .string(exampleCursor),
                        "has_more": false,
                    ])
            ],
            errors: [.cursorExpired])
    ) { request in
        let (after, limit) = try request.query { query in
            (
                query.parsed(
                    "after", "after must be a next_cursor of this feed.", parse: EventCursor.init),
                query.integer("limit", in: 1...PageRequest.maximumPerPage)
            )
        }
        let page = try await request.services.webhooks.events(
            after: after, limit: limit ?? WebhookRecoveryEndpoints.limit, tenant: request.tenant)
        return .list(
            page.payloads,
            beside: [
                JSON.Member("next_cursor", .string(page.next.description)),
                JSON.Member("has_more", .bool(page.hasMore)),
            ])
    }

    private static let exampleCursor = "ZjljMWQwYjRlN2EyNWY4MzYxMjg"

    /// Events in one answer, unless the caller says otherwise.
    private static let limit = 50

    /// `POST webhooks/recover`.
    private static let recover = Endpoint(
        Operation(
            "recoverDeliveries", .post, "webhooks/recover", tag: .webhooks, summary: "Deliver again what failed",
            description: """
                Delivers again every delivery that has failed since a moment, in the order of their events, with the same \
                `webhook-id` and a new round of attempts. Asking twice does no harm: what is pending is left alone.
                """,
            body: .json(
                .reference("RecoveryRequest"), examples: [("since", ["since": "2025-12-22T17:15:01+00:00"])]),
            responses: [
                Operation.Response(
                    .accepted, "They are pending again.",
                    schema: .data(.object([.required("redelivered", .integer().described("How many they are."))])),
                    example: ["data": ["redelivered": 12]])
            ])
    ) { request in
        .data(
            try await request.services.webhooks.recover(body: request.body, tenant: request.tenant),
            status: .accepted)
    }

    /// `POST webhooks/test`.
    private static let test = Endpoint(
        Operation(
            "testWebhook", .post, "webhooks/test", tag: .webhooks, summary: "Send a test event",
            description: """
                Sends one sample event to a URL, signed as real ones are, and tells what came of it. It is sent once, \
                belongs to no order, and is not among your deliveries.
                """,
            body: .json(
                .reference("WebhookTest"),
                examples: [("shipped", ["url": "https://your-app.com/webhooks/orders", "event": "order.shipped"])]),
            responses: [
                Operation.Response(
                    .ok, "What your receiver answered, or why it did not.",
                    schema: .data(.reference("WebhookTestResult")),
                    example: ["data": WebhookSchemas.testExample])
            ])
    ) { request in
        .data(try await request.services.webhooks.test(body: request.body, tenant: request.tenant))
    }
}
