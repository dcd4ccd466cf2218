package import PharmacyDomain

/// A page of a tenant's events.
package struct EventPage: Sendable {
    /// The bodies of their webhooks, oldest first.
    package let payloads: [Representation]
    /// The cursor of the next page.
    package let next: EventCursor
    package let hasMore: Bool
}
