/// The type of an event that is delivered: one of an order, or one of a registered endpoint.
package enum WebhookEventType: Hashable, Sendable {
    case order(EventType)
    case endpoint(EndpointEventType)
}

extension WebhookEventType: RawRepresentable {
    package init?(rawValue: String) {
        if let type = EventType(rawValue: rawValue) {
            self = .order(type)
        } else if let type = EndpointEventType(rawValue: rawValue) {
            self = .endpoint(type)
        } else {
            return nil
        }
    }

    package var rawValue: String {
        switch self {
        case .order(let type): type.rawValue
        case .endpoint(let type): type.rawValue
        }
    }
}

extension WebhookEventType: CaseIterable {
    /// The guide's, and then those of endpoints.
    package static let allCases =
        EventType.allCases.map(WebhookEventType.order) + EndpointEventType.allCases.map(WebhookEventType.endpoint)
}
