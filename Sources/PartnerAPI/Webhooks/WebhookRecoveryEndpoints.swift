import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// Recovery after an outage of the partner's receiver, and tests of the receiver.
package enum WebhookRecoveryEndpoints {
    /// In the order of the document.
    static let all = [health, events, recover, test]

    /// `GET webhooks/health`.
    private static let health = Endpoint(
        Operation(
            "getWebhookHealth", .get, "webhooks/health", tag: .webhooks, summary: "Get the health of your webhook URLs",
            description: """
                Lists your webhook URLs with their latest success and failure and the number of pending deliveries: \
                failing URLs first, then the newest. A URL is failing when five deliveries in a row have failed \
                permanently within a day, until one succeeds. We continue to deliver to it; once it works again, use \
                `webhooks/recover` to deliver what it missed.
                """,
            parameters: [.page, .perPage],
            responses: [
                Operation.Response(
                    .ok, "A page of URLs.",
                    schema: .page(
                        of: .reference("WebhookHealth"),
                        adding: [
                            .required("failing", .integer().described("The number of your URLs that are failing."))
                        ]),
                    example: [
                        "data": [WebhookResource.health.exampleJSON], "pagination": CommonSchemas.paginationExample,
                        "failing": 1,
                    ])
            ])
    ) { request in
        let page = try request.query { $0.page() }
        let health = try await request.services.webhooks.health(page: page, tenant: request.tenant)
        return .page(
            health.urls.map(WebhookResource.health.encode), adding: [JSON.Member("failing", JSON(health.failing))])
    }

    /// `GET webhooks/events`.
    private static let events = Endpoint(
        Operation(
            "listEvents", .get, "webhooks/events", tag: .webhooks, summary: "List events",
            description: """
                Lists every event of your orders in order, whether it was delivered or not, to catch up after an \
                outage or instead of webhooks. Store `next_cursor` and send it as `after` to get later events; no \
                event is ever added in front of a cursor that you have. If you get `410` with the code \
                `cursor_expired`, reading on would miss events (the database was restored, or the retention has \
                removed events): start again without `after`, and skip events whose `id` you have processed.
                """,
            parameters: [
                .text(
                    "after", maximum: 64,
                    "The `next_cursor` of an earlier response; the list begins with the first event without it.",
                    example: .string(exampleCursor)),
                .query(
                    "limit", .integer(1, PageRequest.maximumPerPage).defaulting(to: .integer(Int64(defaultLimit))),
                    "The maximum number of events, 1 to 100.", example: 50),
            ],
            responses: [
                Operation.Response(
                    .ok, "Some events, oldest first.",
                    schema: .data(
                        .array(of: .reference("WebhookPayload")),
                        adding: [
                            .required("next_cursor", .string().example(.string(exampleCursor))),
                            .required("has_more", .boolean.described("Whether more events are available now.")),
                        ]),
                    example: [
                        "data": [WebhookResource.payload.exampleJSON], "next_cursor": .string(exampleCursor),
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
            after: after, limit: limit ?? WebhookRecoveryEndpoints.defaultLimit, tenant: request.tenant)
        return .list(
            page.payloads,
            adding: [
                JSON.Member("next_cursor", .string(page.next.description)),
                JSON.Member("has_more", .bool(page.hasMore)),
            ])
    }

    private static let exampleCursor = "ZjljMWQwYjRlN2EyNWY4MzYxMjg"

    /// The default number of events in one response.
    package static let defaultLimit = 50

    /// `POST webhooks/recover`.
    private static let recover = Endpoint(
        Operation(
            "recoverDeliveries", .post, "webhooks/recover", tag: .webhooks, summary: "Redeliver failed deliveries",
            description: """
                Redelivers every delivery that has failed since a time, in the order of the events, with the same \
                `webhook-id` and a new round of attempts. It is safe to repeat: pending deliveries are not affected.
                """,
            body: .json(
                .reference("RecoveryRequest"), examples: [("since", ["since": "2025-12-22T17:15:01+00:00"])]),
            responses: [
                Operation.Response(
                    .accepted, "The deliveries are pending again.",
                    schema: .data(
                        .object([.required("redelivered", .integer().described("The number of deliveries."))])),
                    example: ["data": ["redelivered": 12]])
            ])
    ) { request in
        let recovery = try WebhookResource.recovery.parse(request.body, request.wireContext)
        let count = try await request.services.webhooks.recover(
            since: recovery.since, url: recovery.url, tenant: request.tenant)
        return .data(["redelivered": JSON(count)], status: .accepted)
    }

    /// `POST webhooks/test`.
    private static let test = Endpoint(
        Operation(
            "testWebhook", .post, "webhooks/test", tag: .webhooks, summary: "Send a test event",
            description: """
                Sends one sample event to a URL, signed like a real one, with the secret of the endpoint that is \
                registered there if there is one, and returns the result. It is sent once, belongs to no order, and is \
                not listed among your deliveries.
                """,
            body: .json(
                .reference("WebhookTest"),
                examples: [("shipped", ["url": "https://your-app.com/webhooks/orders", "event": "order.shipped"])]),
            responses: [
                Operation.Response(
                    .ok, "The response of your receiver, or why there was none.",
                    schema: .data(.reference("WebhookTestResult")),
                    example: ["data": WebhookResource.testResult.exampleJSON])
            ])
    ) { request in
        let (body, context) = (request.body, request.wireContext)
        let result = try await request.services.webhooks.test(tenant: request.tenant) {
            () throws(ValidationErrors) in
            try WebhookResource.test.parse(body, context)
        }
        return .data(WebhookResource.testResult.encode(result))
    }
}
