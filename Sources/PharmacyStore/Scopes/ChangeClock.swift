internal import PharmacyDomain

/// The time of the tenant's newest change, for the extent of a transaction that holds the tenant's lock.
final class ChangeClock {
    /// `nil` until it was read.
    var newest: Timestamp?

    init(newest: Timestamp? = nil) {
        self.newest = newest
    }
}
