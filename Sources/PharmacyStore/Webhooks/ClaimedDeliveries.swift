package import PharmacyDomain

/// What a round of claiming came to.
package struct ClaimedDeliveries: Sendable {
    package internal(set) var deliveries: [ClaimedDelivery] = []
    /// How many could not be read: given up, or left to be tried again where it is the tenant's or the URL's fault.
    package internal(set) var unreadable = 0
    /// What was at fault, as it is recorded now.
    package internal(set) var failures: [QuarantinedItem] = []
}
