package import PharmacyDomain
package import PharmacyServices

/// Registered webhook endpoints on the wire.
package enum RegisteredEndpointResource {
    private typealias Member<Value: Sendable> = ResourceMember<EndpointDetails, Value>

    /// The members that partners can set.
    package static let details = RequestResource(
        { (url, events, description, isPaused, retrySchedule) in
            EndpointDetails(
                url: url, events: events, description: description, isPaused: isPaused, retrySchedule: retrySchedule)
        },
        Member<WebhookURL>(
            "url", { $0.url }, .webhookURL,
            """
            The URL of your receiver, under the same rules as `webhook_urls` of an order. At most one endpoint can be \
            registered at a URL.
            """, example: Examples.webhookURL),
        Member<[WebhookEventType]>(
            "events", { $0.events }, .eventTypes,
            """
            The types of events that the endpoint receives; empty, which is the default: all, also those that are \
            added later.
            """,
            example: [.order(.shipped), .order(.delivered)]),
        Member<String?>(
            "description", { $0.description }, .optional(.text(EndpointRules.description)),
            "Your own note, at most 255 characters.", example: "Production receiver"),
        Member<Bool>(
            "paused", { $0.isPaused }, WireType.flag.defaulting(to: false),
            """
            Whether nothing is sent to the URL; the default is `false`. While it is `true`, no deliveries are made for \
            the endpoint, and those that wait are held.
            """, example: false),
        Member<RetrySchedule>(
            "retry_schedule", { $0.retrySchedule },
            WireType.choice("must be standard or extended.").defaulting(to: .standard),
            """
            `standard`, which is the default: 3 retries, 60 seconds apart. `extended`: up to 12 retries within 3 days, \
            each after twice the time of the one before it; later events of the same order wait for as long.
            """, example: .standard))

    /// An endpoint in responses, without its secret.
    package static let endpoint = ResponseResource<RegisteredEndpoint>(
        [ResponseMember("uuid", .uuid.readOnly.example(Examples.endpoint.json)) { $0.id.json }]
            + details.responseMembers.map { member in
                member.lifted { (endpoint: RegisteredEndpoint) in endpoint.details }
            } + [
                ResponseMember("created_at", .timestamp.readOnly) { JSON($0.createdAt) },
                ResponseMember("updated_at", .timestamp.readOnly) { JSON($0.updatedAt) },
            ],
        example: RegisteredEndpoint(
            id: Examples.endpoint, details: details.example, secrets: WebhookSecrets(current: "whsec_…"),
            createdAt: Examples.time, updatedAt: Examples.time))

    /// A new endpoint with its secret.
    package static let created = ResponseResource<NewEndpoint>(
        endpoint.members.map { member in member.lifted { (new: NewEndpoint) in new.endpoint } } + [
            ResponseMember(
                "secret",
                .string().described("The secret that signs webhooks to this endpoint. Shown only in this response.")
            ) { .string($0.secret) }
        ], example: NewEndpoint(endpoint: endpoint.example, secret: "whsec_…"))

    /// A new secret.
    package static let rotated = ResponseResource<RotatedWebhookSecret>(
        [
            ResponseMember(
                "secret",
                .string().described("The new secret that signs webhooks to this endpoint. Shown only in this response.")
            ) { .string($0.secret) },
            ResponseMember("activates_at", .timestamp.described("The time from which only the new secret is used.")) {
                JSON($0.activatesAt)
            },
        ], example: WebhookResource.rotated.example)

    /// The endpoint as `GET` responds with it, for entity tags.
    static func representation(of endpoint: RegisteredEndpoint) -> Representation {
        Representation(version: 1, id: endpoint.id.description, bytes: self.endpoint.encode(endpoint).bytes)
    }

    static let changesExample: JSON = ["events": ["order.shipped"], "paused": false]

    /// The components of the document.
    static let components: [(name: String, schema: Schema)] = [
        ("NewWebhookEndpoint", details.schema), ("WebhookEndpointChanges", details.changesSchema),
        ("WebhookEndpoint", endpoint.schema), ("CreatedWebhookEndpoint", created.schema),
        ("WebhookEndpointSecret", rotated.schema),
    ]
}

extension WireType where Value == [WebhookEventType] {
    /// Types of events, each at most once; absent: all.
    fileprivate static var eventTypes: WireType {
        let limit = WebhookEventType.allCases.count
        let schema = Schema.array(of: .reference("WebhookEventType"), maximum: limit)
        return WireType(
            request: schema.nullable, response: schema, absent: [],
            write: { .array($0.map { .string($0.rawValue) }) }
        ) { json, name, _, errors in
            guard let elements = WireType.elements(json, name, atMost: limit, &errors) else { return .invalid }
            var types: [WebhookEventType] = []
            var isValid = true
            for (index, element) in elements.enumerated() {
                if let type = element.text.flatMap(WebhookEventType.init(rawValue:)) {
                    types.append(type)
                } else {
                    errors.add("\(name).\(index)", "\(name).\(index) must be one of the event types.")
                    isValid = false
                }
            }
            return isValid ? .value(types) : .invalid
        }
    }
}

extension WireType where Value == Bool {
    fileprivate static var flag: WireType {
        WireType(request: .boolean, write: JSON.bool) { json, name, _, errors in
            if case .bool(let value) = json { return .value(value) }
            errors.add(name, "\(name) must be true or false.")
            return .invalid
        }
    }
}
