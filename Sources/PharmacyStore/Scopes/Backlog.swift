package import PharmacyDomain

/// Waiting work of one kind.
package struct Backlog: Hashable, Sendable {
    /// `StoreLimits.countedBacklog` at the most, which means that many or more.
    package let count: Int
    /// Since when the oldest of the counted items has waited.
    package let oldest: Timestamp?
}
