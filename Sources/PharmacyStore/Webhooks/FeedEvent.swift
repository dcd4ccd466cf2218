package import PharmacyDomain

/// An event as webhooks carry it, with its place among all of the tenant's.
package struct FeedEvent: Sendable {
    package let id: EventID
    package let position: Int64
    /// The exact body of its webhooks.
    package let payload: [UInt8]
}
