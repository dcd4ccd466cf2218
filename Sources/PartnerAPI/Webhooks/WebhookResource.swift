package import PharmacyDomain
package import PharmacyServices

/// Webhooks and their deliveries on the wire (guide, section 5).
package enum WebhookResource {
    /// The version of the payload.
    static let version = 1

    /// The body of a webhook, with the guide's example.
    package static let payload = ResponseResource<OrderEvent>(
        [
            ResponseMember(
                "id",
                .uuid.described(
                    "The event's id, the same on every attempt and in `webhook-id`. Use it to detect duplicates.")
            ) { $0.id.json },
            ResponseMember("event", .reference("EventType")) { .string($0.type.rawValue) },
            ResponseMember(
                "sequence",
                .integer(1).described(
                    "The number of the event within the order, from 1. Process events in this order; an event of the same "
                        + "type may follow with a higher number.")
            ) { JSON($0.sequence) },
            ResponseMember("order", order.schema) { order.encode($0) },
            ResponseMember(
                "shipping",
                .reference("Shipping").described(
                    "The parcel that the pharmacy reported on last, if there is one."),
                isOptional: true
            ) { $0.shipping.map(OrderResource.shipping.encode) ?? .null },
            ResponseMember(
                "timestamp",
                .timestamp.described("The time at which the event occurred. It may have been reported much later.")
            ) { JSON($0.occurredAt) },
        ], example: Examples.event(.shipped))

    /// The order of a payload.
    private static let order = ResponseResource<OrderEvent>(
        [
            ResponseMember("uuid", .uuid.described("Assigned by our system.")) { $0.orderID.json },
            ResponseMember("order_id", .string().nullable.described("Your order reference.")) { JSON($0.reference) },
            ResponseMember("customer_id", .string().nullable.described("Your customer reference.")) {
                JSON($0.customerReference)
            },
            ResponseMember("status", .reference("OrderStatus")) { .string($0.status.rawValue) },
        ], example: Examples.event(.shipped))

    /// The body of a webhook that reports on a registered endpoint.
    package static let endpointPayload = ResponseResource<EndpointEvent>(
        [
            ResponseMember(
                "id",
                .uuid.described(
                    "The event's id, the same on every attempt and in `webhook-id`. Use it to detect duplicates.")
            ) { $0.id.json },
            ResponseMember("event", .oneOf(EndpointEventType.self)) { .string($0.type.rawValue) },
            ResponseMember("endpoint", reportedEndpoint.schema) { reportedEndpoint.encode($0) },
            ResponseMember(
                "timestamp", .timestamp.described("The time at which the health of the endpoint changed.")
            ) { JSON($0.occurredAt) },
        ], example: Examples.event(.failing))

    /// The endpoint of such a payload.
    private static let reportedEndpoint = ResponseResource<EndpointEvent>(
        [
            ResponseMember("uuid", .uuid.described("The registered endpoint.")) { $0.endpoint.json },
            ResponseMember("host", .string().described("The host of its URL.")) { .string($0.host) },
        ], example: Examples.event(.failing))

    /// The body of any webhook.
    static let anyPayload = Schema.anyOf([
        .reference("WebhookPayload"), .reference("EndpointEventPayload"),
    ])

    // MARK: Deliveries

    /// A delivery as lists show it.
    package static let delivery = ResponseResource<DeliverySummary>(
        [
            ResponseMember("id", .uuid) { $0.id.json },
            ResponseMember("event", .reference("WebhookEventType")) { .string($0.event.rawValue) },
            ResponseMember("event_id", .uuid) { $0.eventID.json },
            ResponseMember(
                "sequence", .integer(1).nullable.described("`null` for an event of a registered endpoint.")
            ) { JSON($0.sequence) },
            ResponseMember(
                "order",
                .uuid.nullable.described("The order's uuid; `null` for an event of a registered endpoint.")
            ) { JSON($0.orderID?.description) },
            ResponseMember("url", .string()) { .string($0.url.text) },
            ResponseMember("status", .oneOf(Delivery.Status.self)) { .string($0.status.rawValue) },
            ResponseMember("attempts", .integer()) { JSON($0.attempts) },
            ResponseMember("next_attempt_at", .timestamp.nullable) { JSON($0.nextAttemptAt) },
            ResponseMember("created_at", .timestamp) { JSON($0.createdAt) },
            ResponseMember("completed_at", .timestamp.nullable) { JSON($0.completedAt) },
        ],
        example: DeliverySummary(
            id: Examples.delivery, event: .order(.shipped), eventID: Examples.event, sequence: 4,
            orderID: Examples.order,
            url: Examples.webhookURL, status: .succeeded, attempts: 1, nextAttemptAt: nil, createdAt: Examples.time,
            completedAt: Examples.time + .seconds(1)))

    /// A delivery with its attempts. The response adds the payload as it was recorded, as the member `payload`.
    package static let details = ResponseResource<DeliveryDetails>(
        delivery.members.map { member in member.lifted { (details: DeliveryDetails) in details.summary } } + [
            ResponseMember(
                "attempt_log", .array(of: .reference("DeliveryAttempt")).described("Oldest first.")
            ) { .array($0.attempts.map(attempt.encode)) }
        ],
        example: DeliveryDetails(
            summary: delivery.example, attempts: [attempt.example],
            payload: Representation(
                version: version, id: Examples.event.description, bytes: payload.exampleJSON.bytes)))

    private static let payloadProperty = Schema.Property.required("payload", anyPayload)

    /// An example of the response with one delivery.
    static let detailsExample = JSON.object(
        (details.exampleJSON.members ?? []) + [JSON.Member("payload", payload.exampleJSON)])

    private static let attemptMembers: [ResponseMember<Delivery.Attempt>] = [
        ResponseMember("at", .timestamp) { JSON($0.at) },
        ResponseMember(
            "status_code", .integer().nullable.described("The status of your response, if there was one.")
        ) { JSON($0.statusCode) },
        ResponseMember("duration_ms", .integer()) { .integer($0.duration.milliseconds) },
        ResponseMember("error", .string().nullable.described("Why there was no response.")) { JSON($0.error) },
        ResponseMember(
            "response", .string().nullable.described("The first 1024 bytes of the body of your response.")
        ) { $0.statusCode == nil ? .null : .string(String(decoding: $0.response, as: UTF8.self)) },
    ]

    private static let attempt = ResponseResource<Delivery.Attempt>(
        attemptMembers,
        example: Delivery.Attempt(
            at: Examples.time + .seconds(1), duration: .milliseconds(83), statusCode: 200, error: nil,
            response: Array("ok".utf8)))

    // MARK: Health

    /// The health of a webhook URL.
    package static let health = ResponseResource<EndpointSummary>(
        [
            ResponseMember("url", .string()) { .string($0.url.text) },
            ResponseMember(
                "is_failing",
                .boolean.described("Whether five deliveries in a row failed permanently within a day.")
            ) { .bool($0.health.isFailing) },
            ResponseMember(
                "failures", .integer().described("Deliveries that failed permanently since the last success.")
            ) { JSON($0.health.failures) },
            ResponseMember("last_success_at", .timestamp.nullable) { JSON($0.health.lastSuccess) },
            ResponseMember(
                "last_failure_at",
                .timestamp.nullable.described("The time of the last failed attempt, even if it is retried.")
            ) { JSON($0.health.lastFailure) },
            ResponseMember("last_error", .string().nullable.described("Why that attempt failed.")) {
                JSON($0.health.lastError)
            },
            ResponseMember("pending", .integer().described("The number of deliveries in progress.")) {
                JSON($0.pending)
            },
            ResponseMember(
                "oldest_pending_at", .timestamp.nullable.described("The time at which the oldest of them was created.")
            ) { JSON($0.oldestPending) },
        ],
        example: EndpointSummary(
            url: Examples.webhookURL,
            health: EndpointHealth(
                lastSuccess: Examples.time - .hours(32), lastFailure: Examples.time + .seconds(183),
                lastError: "answered with status 503", failures: 7,
                recentFailures: (0..<7).map { Examples.time + .seconds($0 * 20) }),
            pending: 2, oldestPending: Examples.time))

    // MARK: Rotation, recovery and tests

    /// The body that rotates the webhook secret.
    package static let rotation = RequestResource(
        { (seconds: Int?) in SecretRotation(activateAfter: seconds) },
        ResourceMember<SecretRotation, Int?>(
            "activate_after", { $0.activateAfter }, .optional(.integer(WebhookSecrets.activationRange)),
            """
            Seconds until only the new secret is used, at most 7 days; the default is 24 hours. With 0, the old secret is no \
            longer used.
            """, example: 3600))

    /// A request to rotate the webhook secret.
    package struct SecretRotation: Sendable {
        /// Seconds.
        package let activateAfter: Int?
    }

    /// A new secret.
    package static let rotated = ResponseResource<RotatedWebhookSecret>(
        [
            ResponseMember(
                "webhook_secret",
                .string().described("The new secret that signs webhooks. Shown only in this response.")
            ) { .string($0.secret) },
            ResponseMember("activates_at", .timestamp.described("The time from which only the new secret is used.")) {
                JSON($0.activatesAt)
            },
        ], example: RotatedWebhookSecret(secret: "whsec_…", activatesAt: Examples.time + .hours(1)))

    /// The body that redelivers failed deliveries.
    package static let recovery = RequestResource(
        { (since: Timestamp, url: String?) in Recovery(since: since, url: url) },
        ResourceMember<Recovery, Timestamp>(
            "since", { $0.since }, .timestamp, "Redelivers the deliveries that failed at or after this time.",
            example: Examples.time),
        ResourceMember<Recovery, String?>(
            "url", { $0.url }, .unlessBlank(.text(TextRule(maximum: WebhookURL.lengthLimit))),
            "Only deliveries to this URL, written exactly as in the orders.", example: nil))

    /// A request to redeliver failed deliveries.
    package struct Recovery: Sendable {
        package let since: Timestamp
        package let url: String?
    }

    /// The body that sends a test event.
    package static let test = RequestResource(
        { (event: EventType?, url: WebhookURL) in WebhookTest(url: url, event: event ?? .shipped) },
        ResourceMember<WebhookTest, EventType?>(
            "event", { $0.event }, .optional(.choice("must be one of the event types.")),
            "The event type; the default is `order.shipped`.", example: .shipped),
        ResourceMember<WebhookTest, WebhookURL>(
            "url", { $0.url }, .webhookURL,
            "The URL of your receiver, under the same rules as `webhook_urls` of an order.",
            example: Examples.webhookURL))

    /// The result of a test event.
    package static let testResult = ResponseResource<WebhookTestResult>(
        [
            ResponseMember("url", .string()) { .string($0.url.text) },
            ResponseMember(
                "is_success", .boolean.described("Whether a real event would count as delivered, which any 2xx does.")
            ) { .bool($0.attempt.isSuccess) },
        ] + attemptMembers.map { member in member.lifted { (result: WebhookTestResult) in result.attempt } } + [
            ResponseMember("payload", .reference("WebhookPayload").described("The payload that was sent.")) {
                payload.encode($0.event)
            }
        ],
        example: WebhookTestResult(
            url: Examples.webhookURL, attempt: attempt.example, event: Examples.event(.shipped)))

    private static let eventType = Schema.oneOf(EventType.self).described(
        """
        `order.created`: received. `order.confirmed`: confirmed by the pharmacy. `order.processing`: being prepared. \
        `order.shipped`: shipped. `order.delivered`: delivered. `order.cancelled`: cancelled. `order.failed`: processing \
        failed. `order.refunded`: refunded.
        """)

    private static let webhookEventType = Schema.oneOf(WebhookEventType.self).described(
        """
        The type of an order's event, or `endpoint.failing`: deliveries to a registered endpoint keep failing, or \
        `endpoint.recovered`: they succeed again.
        """)

    /// The components of the document.
    static let components: [(name: String, schema: Schema)] = [
        ("WebhookPayload", payload.schema), ("EndpointEventPayload", endpointPayload.schema),
        ("WebhookEventType", webhookEventType), ("Delivery", delivery.schema),
        ("DeliveryDetails", details.schema.adding(payloadProperty)), ("DeliveryAttempt", attempt.schema),
        ("EventType", eventType), ("SecretRotationRequest", rotation.schema), ("SecretRotation", rotated.schema),
        ("RecoveryRequest", recovery.schema), ("WebhookTest", test.schema), ("WebhookTestResult", testResult.schema),
        ("WebhookHealth", health.schema),
    ]
}

extension WireType where Value == WebhookURL {
    /// A URL that receives webhooks.
    static var webhookURL: WireType {
        WireType(
            request: .string(maximum: WebhookURL.lengthLimit, format: "uri"), write: { .string($0.text) }
        ) { json, name, context, errors in
            switch WireType<String>.text(json, name, TextRule(maximum: WebhookURL.lengthLimit), &errors) {
            case .blank: return .blank
            case .invalid: return .invalid
            case .value(let text):
                do throws(WebhookURL.Refusal) {
                    return .value(try WebhookURL(text, egress: context.egress))
                } catch {
                    errors.add(name, "\(name) \(error.sentence)")
                    return .invalid
                }
            }
        }
    }
}

extension WireType {
    /// The same type for a member that may be absent or `null`, but not blank: a blank filter must not match everything.
    fileprivate static func unlessBlank<Wrapped>(_ type: WireType<Wrapped>) -> WireType where Value == Wrapped? {
        let optional = WireType.optional(type)
        return WireType(
            request: optional.requestSchema, response: optional.responseSchema, absent: .some(nil),
            write: optional.write
        ) { json, name, context, errors in
            switch type.read(json, name, context, &errors) {
            case .value(let value): return .value(value)
            case .invalid: return .invalid
            case .blank:
                errors.add(name, "\(name) must not be blank.")
                return .invalid
            }
        }
    }
}
