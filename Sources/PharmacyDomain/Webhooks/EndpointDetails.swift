/// What a partner sets of a registered endpoint.
package struct EndpointDetails: Hashable, Sendable {
    package var url: WebhookURL
    /// The types of events that the endpoint receives, each once, in the order of `WebhookEventType.allCases`; empty: all.
    package private(set) var events: [WebhookEventType]
    package var description: String?
    /// Whether nothing is sent to the endpoint.
    package var isPaused: Bool
    package var retrySchedule: RetrySchedule

    package init(
        url: WebhookURL, events: [WebhookEventType] = [], description: String? = nil, isPaused: Bool = false,
        retrySchedule: RetrySchedule = .standard
    ) {
        self.url = url
        self.events = WebhookEventType.allCases.filter(events.contains)
        self.description = description
        self.isPaused = isPaused
        self.retrySchedule = retrySchedule
    }

    /// Whether the endpoint receives events of a type while it is not paused.
    package func wants(_ type: WebhookEventType) -> Bool { events.isEmpty || events.contains(type) }
}
