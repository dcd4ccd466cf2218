import PharmacyDomain

/// The shapes of webhooks and their deliveries.
enum WebhookSchemas {
    /// The components of the document.
    static let components: [(name: String, schema: Schema)] = [
        ("WebhookPayload", payload), ("Delivery", .object(delivery)), ("DeliveryDetails", .object(delivery + details)),
        ("DeliveryAttempt", attempt), ("EventType", eventType), ("SecretRotationRequest", rotationRequest),
        ("SecretRotation", rotation), ("RecoveryRequest", recovery), ("WebhookTest", test),
        ("WebhookTestResult", .object(testResult)), ("WebhookHealth", health),
    ]

    /// The eight event types.
    private static let eventType = Schema.oneOf(OrderEvent.Kind.self).described(
        """
        `order.created`: received. `order.confirmed`: confirmed by the pharmacy. `order.processing`: being prepared. \
        `order.shipped`: shipped. `order.delivered`: delivered. `order.cancelled`: cancelled. `order.failed`: processing \
        failed. `order.refunded`: refunded.
        """)

    /// An event's id.
    private static let eventID = Schema.uuid.example("5f0c7f3e-0b0f-4c8e-9b54-0a4c4a0f7a11")

    /// The body of a webhook.
    private static let payload = Schema.object([
        .required(
            "id",
            eventID.described("The event's id, the same on every attempt and in `webhook-id`: use it to drop repeats.")),
        .required("event", .reference("EventType")),
        .required(
            "sequence",
            .integer(1).described(
                "1, 2, 3 … within the order. Go by it: an event of the same type may follow with a higher number."
            ).example(4)),
        .required(
            "order",
            .object([
                .required(
                    "uuid",
                    .uuid.described("Assigned by our system.").example("fd44a635-6d0c-47fa-8343-e0d604d46992")),
                .required("order_id", .string().nullable.described("Your order reference.").example("ORD-12345")),
                .required("customer_id", .string().nullable.described("Your customer reference.").example("CUST-789")),
                .required("status", .reference("OrderStatus")),
            ])),
        .optional(
            "shipping",
            .reference("Shipping").described("Where shipping information is available: the parcel reported on last.")),
        .required(
            "timestamp", .timestamp.described("When the event occurred, which may be long before it was reported.")),
    ])

    /// A delivery as the list shows it.
    private static let delivery: [Schema.Property] = [
        .required("id", .uuid.example("0b9df3b0-5f0a-4f86-8d5c-2a9bd7d4b0f5")),
        .required("event", .reference("EventType")),
        .required("event_id", eventID),
        .required("sequence", .integer(1).example(4)),
        .required("order", .uuid.described("The order's uuid.").example("fd44a635-6d0c-47fa-8343-e0d604d46992")),
        .required("url", .string().example("https://your-app.com/webhooks/orders")),
        .required("status", .oneOf(Delivery.Status.self)),
        .required("attempts", .integer().example(1)),
        .required("next_attempt_at", .timestamp.nullable),
        .required("created_at", .timestamp),
        .required("completed_at", .timestamp.nullable),
    ]

    /// What one delivery shows beyond the list.
    private static let details: [Schema.Property] = [
        .required("attempt_log", .array(of: .reference("DeliveryAttempt")).described("Oldest first.")),
        .required("payload", .reference("WebhookPayload")),
    ]

    /// One attempt.
    private static let attempt = Schema.object([
        .required("at", .timestamp),
        .required(
            "status_code", .integer().nullable.described("Your answer's status, where there was one.").example(200)),
        .required("duration_ms", .integer().example(83)),
        .required("error", .string().nullable.described("Why there was no answer.")),
        .required("response", .string().nullable.described("The first 1024 bytes of your answer's body.")),
    ])

    /// How a URL has been doing.
    private static let health = Schema.object([
        .required("url", .string().example("https://your-app.com/webhooks/orders")),
        .required(
            "is_failing", .boolean.described("Whether five deliveries in a row failed for good within a day.")),
        .required(
            "failures", .integer().described("Deliveries that failed for good since one succeeded.").example(7)),
        .required("last_success_at", .timestamp.nullable),
        .required("last_failure_at", .timestamp.nullable.described("Of an attempt, whether it is retried or not.")),
        .required(
            "last_error",
            .string().nullable.described("Why it failed.").example("answered with status 503")),
        .required("pending", .integer().described("Deliveries that are not finished.").example(2)),
        .required("oldest_pending_at", .timestamp.nullable.described("When the oldest of them was made.")),
    ])

    /// The body that rotates the secret.
    private static let rotationRequest = Schema.object([
        .optional(
            "activate_after",
            .integer(WebhookSecrets.activationRange.lowerBound, WebhookSecrets.activationRange.upperBound).nullable
                .described(
                    """
                    Seconds until the new secret is the only one: at most 7 days, 24 hours unless given. With 0 the old \
                    one is not used any more.
                    """
                ).example(3600))
    ])

    /// A new secret.
    private static let rotation = Schema.object([
        .required(
            "webhook_secret",
            .string().described("The new secret that webhooks are signed with. Shown this once.").example("whsec_…")),
        .required("activates_at", .timestamp.described("From when on the new secret is the only one.")),
    ])

    /// The body that has failed deliveries made again.
    private static let recovery = Schema.object([
        .required("since", .timestamp.described("When the earliest of them failed.")),
        .optional(
            "url",
            .string(maximum: WebhookURL.lengthLimit, pattern: TextPattern.line).nullable
                .described("Those to this URL alone, exactly as the orders named it.")
                .example("https://your-app.com/webhooks/orders")),
    ])

    /// The body that has a test event sent.
    private static let test = Schema.object([
        .required(
            "url",
            .string(maximum: WebhookURL.lengthLimit, pattern: TextPattern.required(TextPattern.webhookURL))
                .described("As in `webhook_urls` of an order.").example("https://your-app.com/webhooks/orders")),
        .optional("event", .oneOf(OrderEvent.Kind.self).nullable.described("`order.shipped` unless given.")),
    ])

    /// What came of a test event.
    private static let testResult: [Schema.Property] = [
        .required("url", .string().example("https://your-app.com/webhooks/orders")),
        .required("is_success", .boolean.described("Whether a real event would count as delivered: any 2xx.")),
        .required("at", .timestamp),
        .required("status_code", .integer().nullable.example(200)),
        .required("duration_ms", .integer().example(83)),
        .required("error", .string().nullable.described("Why there was no answer.")),
        .required("response", .string().nullable.described("The first 1024 bytes of your answer's body.")),
        .required("payload", .reference("WebhookPayload").described("What was sent.")),
    ]

    // MARK: Examples

    /// How a URL has been doing.
    static let healthExample: JSON = [
        "url": "https://your-app.com/webhooks/orders", "is_failing": true, "failures": 7,
        "last_success_at": "2025-12-21T09:02:44+00:00", "last_failure_at": "2025-12-22T17:18:04+00:00",
        "last_error": "answered with status 503", "pending": 2, "oldest_pending_at": "2025-12-22T17:15:01+00:00",
    ]

    /// What came of a test event.
    static let testExample: JSON = [
        "url": "https://your-app.com/webhooks/orders", "is_success": true, "at": "2025-12-22T17:15:02+00:00",
        "status_code": 200, "duration_ms": 83, "error": nil, "response": "ok", "payload": payloadExample,
    ]

    /// A new secret.
    static let rotationExample: JSON = ["webhook_secret": "whsec_…", "activates_at": "2025-12-22T18:15:01+00:00"]

    /// The guide's payload, with the two members this version adds.
    static let payloadExample: JSON = [
        "id": "5f0c7f3e-0b0f-4c8e-9b54-0a4c4a0f7a11",
        "event": "order.shipped",
        "sequence": 4,
        "order": [
            "uuid": "fd44a635-6d0c-47fa-8343-e0d604d46992",
            "order_id": "ORD-12345",
            "customer_id": "CUST-789",
            "status": "shipped",
        ],
        "shipping": [
            "carrier": "USPS",
            "tracking": "9400111899223033005012",
            "shipping_status": "In Transit",
        ],
        "timestamp": "2025-12-22T17:15:01+00:00",
    ]

    /// A delivery as the list shows it.
    static let deliveryExample: JSON = .object(deliveryMembers)

    /// A delivery with all there is.
    static let detailsExample: JSON = .object(
        deliveryMembers + [
            JSON.Member(
                "attempt_log",
                [
                    [
                        "at": "2025-12-22T17:15:02+00:00", "status_code": 200, "duration_ms": 83, "error": nil,
                        "response": "ok",
                    ]
                ]),
            JSON.Member("payload", payloadExample),
        ])

    /// The members of a delivery.
    private static let deliveryMembers: [JSON.Member] = [
        JSON.Member("id", "0b9df3b0-5f0a-4f86-8d5c-2a9bd7d4b0f5"),
        JSON.Member("event", "order.shipped"),
        JSON.Member("event_id", "5f0c7f3e-0b0f-4c8e-9b54-0a4c4a0f7a11"),
        JSON.Member("sequence", 4),
        JSON.Member("order", "fd44a635-6d0c-47fa-8343-e0d604d46992"),
        JSON.Member("url", "https://your-app.com/webhooks/orders"),
        JSON.Member("status", "succeeded"),
        JSON.Member("attempts", 1),
        JSON.Member("next_attempt_at", nil),
        JSON.Member("created_at", "2025-12-22T17:15:01+00:00"),
        JSON.Member("completed_at", "2025-12-22T17:15:02+00:00"),
    ]
}
