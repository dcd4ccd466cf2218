package import PharmacyDomain

/// A registered endpoint with its secret, which is shown once.
package struct NewEndpoint: Sendable, Redacted {
    package let endpoint: RegisteredEndpoint
    package let secret: String

    package init(endpoint: RegisteredEndpoint, secret: String) {
        self.endpoint = endpoint
        self.secret = secret
    }
}

extension NewEndpoint {
    /// The outcome as it is recorded for an idempotency key.
    var outcome: JSON {
        let details = endpoint.details
        return [
            "uuid": .string(endpoint.id.description), "url": .string(details.url.text),
            "events": .array(details.events.map { .string($0.rawValue) }), "description": JSON(details.description),
            "paused": .bool(details.isPaused), "retry_schedule": .string(details.retrySchedule.rawValue),
            "secret": .string(secret), "created_at": JSON(endpoint.createdAt),
        ]
    }

    /// Reads back what `outcome` wrote.
    init?(outcome: JSON) {
        func text(_ name: String) -> String? { outcome[name]?.text }
        guard let id = text("uuid").flatMap(EndpointID.init), let url = text("url"), let secret = text("secret"),
            let schedule = text("retry_schedule").flatMap(RetrySchedule.init(rawValue:)),
            let createdAt = text("created_at").flatMap(Timestamp.init), let events = outcome["events"]?.elements
        else { return nil }
        let details = EndpointDetails(
            url: WebhookURL(stored: url), events: events.compactMap { $0.text.flatMap(WebhookEventType.init) },
            description: text("description"), isPaused: outcome["paused"] == .bool(true), retrySchedule: schedule)
        self.init(
            endpoint: RegisteredEndpoint(
                id: id, details: details, secrets: WebhookSecrets(current: secret), createdAt: createdAt,
                updatedAt: createdAt),
            secret: secret)
    }
}
