import PharmacyDomain

/// The document's `webhooks`: the requests that partners receive (OpenAPI 3.1).
///
/// Each is a reference to a path item among the components. Generators of clients that know `webhooks` by name only
/// (openapi-generator 7) make a broken API class of operations that stand there in full; they pass over references, and
/// readers that know OpenAPI 3.1 resolve them.
enum OpenAPIWebhooks {
    /// The name of the section's tag: none that an operation has, so that no generator puts them into one class.
    static let tag = "Webhook events"

    /// What the section is, for people.
    static let tagDescription = """
        The requests that this server sends to your webhook URLs, one for each change of an order. They are \
        signed, retried and, for one order, in order.
        """

    /// A reference for each event type.
    static let references = JSON.object(
        OrderEvent.Kind.allCases.map {
            JSON.Member($0.rawValue, ["$ref": .string("#/components/pathItems/\($0.rawValue)")])
        })

    /// The path items that the references name.
    static var pathItems: JSON {
        .object(OrderEvent.Kind.allCases.map { JSON.Member($0.rawValue, ["post": operation($0)]) })
    }

    /// The request that tells of one event.
    private static func operation(_ kind: OrderEvent.Kind) -> JSON {
        [
            "operationId": .string(
                "receive\(kind.status.rawValue.prefix(1).uppercased())\(kind.status.rawValue.dropFirst())"),
            "tags": [.string(tag)],
            "summary": .string("\(kind.rawValue)"),
            "description": .string(description(kind)),
            "parameters": .array(headers(kind).map { $0.json }),
            "requestBody": [
                "required": true,
                "content": [
                    "application/json": [
                        "schema": Schema.reference("WebhookPayload").json,
                        "example": example(kind),
                    ]
                ],
            ],
            "responses": [
                "2XX": ["description": "Received. Any 2xx within 10 seconds will do; the body is not looked at."],
                "default": [
                    "description":
                        "Not received: the request is sent again, 3 times with 60 seconds between. Redirects are not followed."
                ],
            ],
            "security": [],
        ]
    }

    /// What a partner has to know of it.
    private static func description(_ kind: OrderEvent.Kind) -> String {
        """
        Sent to each of the order's `webhook_urls` when the order becomes `\(kind.status.rawValue)`, and again, with a \
        new `sequence`, when something else of it changes while it is: a tracking number that comes late or is \
        corrected, another parcel, a reason. Compute the \
        HMAC-SHA256 of the raw body with your webhook secret and compare it, in constant time, to \
        `X-Webhook-Signature`.
        """
    }

    /// The header fields of the request.
    private static func headers(_ kind: OrderEvent.Kind) -> [Operation.Parameter] {
        let texts: [(String, String, JSON)] = [
            ("X-Webhook-Event", "The event type.", .string(kind.rawValue)),
            (
                "X-Webhook-Signature",
                """
                Lower-case hexadecimal HMAC-SHA256 of the body, keyed with the whole webhook secret (`whsec_…`): the old \
                one until a rotation's `activates_at`.
                """,
                "5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd"
            ),
            ("webhook-id", "The event's id, the same on every attempt.", "5f0c7f3e-0b0f-4c8e-9b54-0a4c4a0f7a11"),
            ("webhook-timestamp", "When the attempt was made, in Unix seconds.", "1766423701"),
            (
                "webhook-signature",
                """
                Signatures as in the Standard Webhooks specification: `v1,` and base64, separated by spaces. There are \
                two until a rotation's `activates_at`: the old secret's and the new one's.
                """,
                "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="
            ),
        ]
        return texts.map {
            Operation.Parameter(name: $0.0, location: .header, schema: .string(), description: $0.1, example: $0.2)
        }
    }

    /// The guide's payload for this event: with shipping where there is some.
    private static func example(_ kind: OrderEvent.Kind) -> JSON {
        let hasShipping = kind == .shipped || kind == .delivered
        let members = (WebhookSchemas.payloadExample.members ?? []).compactMap { member -> JSON.Member? in
            switch member.name {
            case "event": JSON.Member("event", .string(kind.rawValue))
            case "order":
                JSON.Member(
                    "order",
                    .object(
                        (member.value.members ?? []).map {
                            $0.name == "status" ? JSON.Member("status", .string(kind.status.rawValue)) : $0
                        }))
            case "shipping" where !hasShipping: nil
            default: member
            }
        }
        return .object(members)
    }
}
