package import PharmacyDomain

/// Some of a tenant's events.
package struct EventPage: Sendable {
    /// The bodies of their webhooks, oldest first.
    package let payloads: [Document]
    /// Asks for what comes behind them.
    package let next: EventCursor
    package let hasMore: Bool
}
