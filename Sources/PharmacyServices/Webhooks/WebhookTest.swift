package import PharmacyDomain

/// A request to send one sample event to a URL.
package struct WebhookTest: Hashable, Sendable {
    package let url: WebhookURL
    package let event: EventType

    package init(url: WebhookURL, event: EventType) {
        self.url = url
        self.event = event
    }
}
