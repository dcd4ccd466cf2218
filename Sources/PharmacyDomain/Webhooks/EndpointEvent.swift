/// A change of the health of a registered endpoint, as webhooks report it to the tenant's other endpoints.
package struct EndpointEvent: Hashable, Sendable {
    package let id: EventID
    package let type: EndpointEventType
    package let endpoint: EndpointID
    /// The host of the endpoint's URL. The rest of the URL may hold secrets of the receiver.
    package let host: String
    package let occurredAt: Timestamp

    package init(id: EventID, type: EndpointEventType, endpoint: EndpointID, host: String, occurredAt: Timestamp) {
        self.id = id
        self.type = type
        self.endpoint = endpoint
        self.host = host
        self.occurredAt = occurredAt
    }

    /// The body of the webhook request.
    package var payload: JSON {
        [
            "id": .string(id.description),
            "event": .string(type.rawValue),
            "endpoint": ["uuid": .string(endpoint.description), "host": .string(host)],
            "timestamp": JSON(occurredAt),
        ]
    }
}
