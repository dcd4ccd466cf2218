internal import PharmacyDomain

/// The time of the tenant's newest change, and whether events go to registered endpoints, for the extent of a transaction that
/// holds the tenant's lock.
final class ChangeClock {
    /// `nil` until it was read.
    var newest: Timestamp?

    /// Whether the tenant has a registered endpoint that is not paused; `nil` until it was read.
    var hasActiveEndpoints: Bool?

    init(newest: Timestamp? = nil, hasActiveEndpoints: Bool? = nil) {
        self.newest = newest
        self.hasActiveEndpoints = hasActiveEndpoints
    }
}
