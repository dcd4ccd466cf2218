package import PharmacyDomain

/// How much waits.
package struct Backlog: Hashable, Sendable {
    /// At most `StoreLimits.countedBacklog`: that many or more.
    package let count: Int
    /// Since when the oldest of those that were counted has waited.
    package let oldest: Timestamp?
}
