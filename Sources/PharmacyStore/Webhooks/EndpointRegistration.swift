internal import PharmacyDomain

/// A registered endpoint as its row says without being decrypted: what the fan-out of an event needs.
struct EndpointRegistration: Sendable {
    let row: Int64
    /// The row of its URL.
    let endpoint: Int64
    /// Empty: all.
    let events: Set<String>

    func wants(_ type: WebhookEventType) -> Bool { events.isEmpty || events.contains(type.rawValue) }
}
