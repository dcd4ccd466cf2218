package import PharmacyDomain

/// The webhooks of the document: the requests that the server sends to partners, one for each event type.
package enum WebhookEvents {
    static let webhooks = OpenAPIWebhooks(
        tag: tag,
        tagDescription: """
            The requests that this server sends to your webhook URLs, one for each change of an order, and \
            for changes of the health of registered endpoints. They are signed, retried, and delivered in order for \
            each order.
            """,
        operations: WebhookEventType.allCases.map { ($0.rawValue, operation($0)) })

    private static let tag = "Webhook events"

    /// What a successful response of the receiver means.
    package static let received = "Received. Any 2xx within 10 seconds counts; the body is ignored."
    /// What any other response means, or none.
    package static let notReceived =
        "Not received: retried up to 3 times, 60 seconds apart, unless the registered endpoint has another schedule. "
        + "Redirects are not followed."

    /// The request that delivers one event.
    private static func operation(_ kind: WebhookEventType) -> JSON {
        [
            "operationId": .string("receive\(words(kind))"),
            "tags": [.string(tag)],
            "summary": .string("\(kind.rawValue)"),
            "description": .string(description(kind)),
            "parameters": .array(headers(kind).map { $0.json }),
            "requestBody": [
                "required": true,
                "content": [
                    "application/json": [
                        "schema": Schema.reference(component(kind)).json,
                        "example": example(kind),
                    ]
                ],
            ],
            "responses": [
                "2XX": ["description": .string(received)], "default": ["description": .string(notReceived)],
            ],
            "security": [],
        ]
    }

    /// The part of the operation's id that names the event.
    private static func words(_ kind: WebhookEventType) -> String {
        switch kind {
        case .order(let type): type.status.rawValue.capitalizedFirst
        case .endpoint(let type): type.rawValue.split(separator: ".").map { String($0).capitalizedFirst }.joined()
        }
    }

    private static func component(_ kind: WebhookEventType) -> String {
        switch kind {
        case .order: "WebhookPayload"
        case .endpoint: "EndpointEventPayload"
        }
    }

    package static func description(_ kind: WebhookEventType) -> String {
        switch kind {
        case .order(let type): description(type)
        case .endpoint(.failing):
            """
            Sent to each of your other registered endpoints that wants it when deliveries to an endpoint keep failing: \
            \(EndpointHealth.failingCount) in a row have failed permanently within a day. It is sent once, until the \
            endpoint has recovered. It belongs to no order and is not in the list of events.
            """
        case .endpoint(.recovered):
            """
            Sent to each of your other registered endpoints that wants it when a delivery to an endpoint that was \
            failing has succeeded. Use `webhooks/recover` to deliver what it missed. It belongs to no order and is not \
            in the list of events.
            """
        }
    }

    private static func description(_ kind: EventType) -> String {
        """
        Sent to each of the order's `webhook_urls`, and to each of your registered endpoints that wants it, when the \
        order becomes `\(kind.status.rawValue)`, and again, with a new `sequence`, when something else changes while it \
        has this status: a tracking number that arrives late or is corrected, another parcel, a reason. Compute the \
        HMAC-SHA256 of the raw body with your webhook secret and compare it, in constant time, to \
        `X-Webhook-Signature`.
        """
    }

    /// The schema of the body.
    package static func payload(_ kind: WebhookEventType) -> Schema {
        switch kind {
        case .order: WebhookResource.payload.schema
        case .endpoint: WebhookResource.endpointPayload.schema
        }
    }

    /// An example of the body.
    package static func example(_ kind: WebhookEventType) -> JSON {
        switch kind {
        case .order(let type): WebhookResource.payload.encode(Examples.event(type))
        case .endpoint(let type): WebhookResource.endpointPayload.encode(Examples.event(type))
        }
    }

    /// The header fields of the request.
    package static func headers(_ kind: WebhookEventType) -> [Operation.Parameter] {
        let texts: [(String, String, JSON)] = [
            ("X-Webhook-Event", "The event type.", .string(kind.rawValue)),
            (
                "X-Webhook-Signature",
                """
                Lower-case hexadecimal HMAC-SHA256 of the body, keyed with the whole webhook secret (`whsec_…`): the \
                old one until a rotation's `activates_at`.
                """,
                "5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd"
            ),
            ("webhook-id", "The event's id, the same on every attempt.", "5f0c7f3e-0b0f-4c8e-9b54-0a4c4a0f7a11"),
            ("webhook-timestamp", "When the attempt was made, in Unix seconds.", "1766423701"),
            (
                "webhook-signature",
                """
                Signatures as in the Standard Webhooks specification: `v1,` and base64, separated by spaces. There are \
                two until a rotation's `activates_at`: one with the old secret and one with the new secret.
                """,
                "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="
            ),
        ]
        return texts.map {
            Operation.Parameter(name: $0.0, location: .header, schema: .string(), description: $0.1, example: $0.2)
        }
    }
}

extension String {
    /// The text with its first letter in upper case.
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
