package import PharmacyDomain

/// The result of a round of claims.
package struct ClaimedDeliveries: Sendable {
    package internal(set) var deliveries: [ClaimedDelivery] = []
    /// How many deliveries could not be read: failed, or left for another try where the tenant or the URL is unreadable.
    package internal(set) var unreadable = 0
    /// The unreadable items, as they are recorded now.
    package internal(set) var failures: [QuarantinedItem] = []
}
