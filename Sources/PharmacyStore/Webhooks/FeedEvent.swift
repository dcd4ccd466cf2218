package import PharmacyDomain

/// An event with its position in the tenant's feed.
package struct FeedEvent: Sendable {
    package let id: EventID
    package let position: Int64
    /// The exact body of its webhooks.
    package let payload: [UInt8]
}
